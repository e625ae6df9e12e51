import { setImmediate } from 'node:timers/promises';

import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';

import { ClosedPipeError, RefusedError, UnreachableError } from '../../src/domain/errors.ts';
import type { RunEvent } from '../../src/domain/events.ts';
import { createLog, type Log, type LogOptions } from '../../src/output/log.ts';
import { visible } from '../../src/util/text.ts';

const TEXT: LogOptions = { format: 'text', verbose: false, quiet: false, color: false };
const JSON_LOG: LogOptions = { ...TEXT, format: 'json' };
const CLOCK = { now: () => Date.UTC(2022, 0, 1) };
const TIME = '"time":"2022-01-01T00:00:00.000Z"';

async function logged(options: LogOptions, use: (log: Log) => void, secrets: readonly string[] = []): Promise<string> {
  let output = '';
  const stderr = {
    async write(data: string | Uint8Array) {
      await Promise.resolve();
      output += String(data);
    },
  };
  const log = await createLog(stderr, CLOCK, options, () => secrets);
  use(log);
  await log.flush();
  return output;
}

const EVENTS: readonly RunEvent[] = [
  { type: 'progress', task: 'outages', bytes: 12 },
  {
    type: 'attempt',
    retries: 5,
    method: 'GET',
    url: 'https://x/outages',
    attempt: 1,
    status: 500,
    milliseconds: 31.4,
    failure: 'the API answered 500',
    repeatedIn: 812.2,
  },
  {
    type: 'attempt',
    retries: 5,
    method: 'POST',
    url: 'https://x/o',
    attempt: 2,
    milliseconds: 5,
    failure: 'no connection',
  },
  { type: 'attempt', retries: 5, method: 'GET', url: 'https://x/outages', attempt: 3, status: 200, milliseconds: 2043 },
  { type: 'notice', message: 'an end before its begin', hint: 'it is sent as it is' },
  { type: 'notice', message: 'another', site: 'kingfisher' },
];
const emitAll = (log: Log): void => {
  for (const event of EVENTS) log.emit(event);
};

const NOTICES = 'note: an end before its begin\n  it is sent as it is\nnote: kingfisher: another\n';
const ATTEMPTS = `\
GET https://x/outages  500  31 ms  attempt 1, retrying in 812 ms: the API answered 500
POST https://x/o  no response  5 ms  attempt 2: no connection
GET https://x/outages  200  2043 ms  attempt 3
`;
const JSON_NOTICES = `\
{${TIME},"level":"notice","message":"an end before its begin","hint":"it is sent as it is"}
{${TIME},"level":"notice","message":"another","site":"kingfisher"}
`;
const JSON_ATTEMPTS = `\
{${TIME},"level":"debug","message":"GET https://x/outages  500  31 ms  attempt 1, retrying in 812 ms: the API answered 500","retries":5,"method":"GET","url":"https://x/outages","attempt":1,"status":500,"milliseconds":31.4,"failure":"the API answered 500","repeatedIn":812.2}
{${TIME},"level":"debug","message":"POST https://x/o  no response  5 ms  attempt 2: no connection","retries":5,"method":"POST","url":"https://x/o","attempt":2,"milliseconds":5,"failure":"no connection"}
{${TIME},"level":"debug","message":"GET https://x/outages  200  2043 ms  attempt 3","retries":5,"method":"GET","url":"https://x/outages","attempt":3,"status":200,"milliseconds":2043}
`;

describe('log: events', () => {
  const cases: readonly [name: string, options: LogOptions, output: string][] = [
    ['notices only, as text', TEXT, NOTICES],
    ['attempts with verbose, as text', { ...TEXT, verbose: true }, ATTEMPTS + NOTICES],
    ['nothing when quiet, as text', { ...TEXT, verbose: true, quiet: true }, ''],
    ['notices only, as json', JSON_LOG, JSON_NOTICES],
    ['attempts with verbose, as json', { ...JSON_LOG, verbose: true }, JSON_ATTEMPTS + JSON_NOTICES],
    ['nothing when quiet, as json', { ...JSON_LOG, quiet: true }, ''],
  ];
  for (const [name, options, output] of cases) {
    it(`shows ${name}`, async () => {
      expect(await logged(options, emitAll)).to.equal(output);
    });
  }

  describe('for several sites', () => {
    const noticesOf = (sites: readonly string[]): RunEvent => ({
      type: 'site-notices',
      notices: sites.map((site) => ({ type: 'notice', site, message: '1 outage is odd', hint: 'so be it' })),
      summary: 'have outages that are odd',
    });
    const shown = (options: LogOptions, ...sites: readonly string[]) =>
      logged(options, (log) => {
        log.emit(noticesOf(sites));
      });

    it('lists up to three notices, and groups more in one line', async () => {
      const each = (site: string): string => `note: ${site}: 1 outage is odd\n  so be it\n`;
      expect(await shown(TEXT, 'a', 'b', 'c')).to.equal(each('a') + each('b') + each('c'));
      const many = 'note: 4 sites have outages that are odd: a, b, c\\u0007 and 1 more\n  so be it\n';
      expect(await shown(TEXT, 'a', 'b', 'c\u0007', 'd')).to.equal(many);
      expect(await shown(TEXT, ...Array.from({ length: 1200 }, (_, index) => `s${index}`))).to.equal(
        'note: 1,200 sites have outages that are odd: s0, s1, s2 and 1,197 more\n  so be it\n',
      );
      expect(await shown({ ...TEXT, quiet: true }, 'a')).to.equal('');
    });

    it('writes one object per site as JSON', async () => {
      const sites = ['a', 'b', 'c', 'd'];
      expect(await shown(JSON_LOG, ...sites)).to.equal(
        sites
          .map((site) => `{${TIME},"level":"notice","message":"1 outage is odd","hint":"so be it","site":"${site}"}\n`)
          .join(''),
      );
    });
  });

  it('escapes control characters before it colours the label', async () => {
    const output = await logged({ ...TEXT, color: true, prefix: 'kraken-outages' }, (log) => {
      log.emit({ type: 'notice', message: '\u001b[2J' });
    });
    expect(output).to.equal('kraken-outages: \u001b[33mnote:\u001b[39m \\u001b[2J\n');
  });
});

describe('log: errors', () => {
  const chain = new UnreachableError('the API could not be reached', {
    hint: 'check the network',
    cause: new TypeError('fetch failed', {
      cause: Object.assign(new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })], ''), {
        code: 'ECONNREFUSED',
        headers: { 'x-api-key': 'from inspect' },
      }),
    }),
  });
  const fail = (log: Log): void => {
    log.error(chain, 'kingfisher');
    log.error(new RefusedError('no'));
  };

  it('prints the error and the hint', async () => {
    const expected = 'error: kingfisher: the API could not be reached\nhint: check the network\nerror: no\n';
    expect(await logged(TEXT, fail)).to.equal(expected);
    expect(await logged({ ...TEXT, quiet: true }, fail)).to.equal(expected);
  });

  it('shows the causes with verbose', async () => {
    expect(await logged({ ...TEXT, verbose: true }, fail)).to.equal(`\
error: kingfisher: the API could not be reached
hint: check the network
caused by: TypeError: fetch failed
caused by: AggregateError:  (ECONNREFUSED)
caused by: Error: connect (ECONNREFUSED)
error: no
`);
  });

  it('writes one object per line as JSON', async () => {
    const first = `{${TIME},"level":"error","message":"the API could not be reached","hint":"check the network","site":"kingfisher","code":5`;
    const second = `{${TIME},"level":"error","message":"no","code":7`;
    expect(await logged(JSON_LOG, fail)).to.equal(`${first}}\n${second}}\n`);
    expect(await logged({ ...JSON_LOG, verbose: true }, fail)).to.equal(
      `${first},"cause":["TypeError: fetch failed","AggregateError:  (ECONNREFUSED)","Error: connect (ECONNREFUSED)"]}\n` +
        `${second},"cause":[]}\n`,
    );
  });

  it('limits the number and the length of causes', async () => {
    const loop = new Error('x'.repeat(1000));
    loop.cause = loop;
    const output = await logged({ ...TEXT, verbose: true }, (log) => {
      log.error(new RefusedError('no', { cause: loop }));
    });
    expect(output).to.equal(`error: no\n${`caused by: Error: ${'x'.repeat(293)}…\n`.repeat(5)}`);
  });

  it('reports an unexpected error as internal, with its stack when verbose', async () => {
    const defect = new TypeError('x is not a function');
    defect.stack = 'TypeError: x is not a function\n    at f (file.ts:1:2)\n    at g (file.ts:3:4)';
    const expected = `\
error: internal error: x is not a function
hint: this is a bug: run again with --verbose and report the output
`;
    const stack = '    at f (file.ts:1:2)\n    at g (file.ts:3:4)\n';
    const use = (log: Log): void => {
      log.error(defect);
    };
    expect(await logged(TEXT, use)).to.equal(expected);
    expect(await logged({ ...TEXT, verbose: true }, use)).to.equal(expected + stack);
    expect(await logged({ ...JSON_LOG, verbose: true }, use)).to.equal(
      `{${TIME},"level":"error","message":"internal error: x is not a function",` +
        '"hint":"this is a bug: run again with --verbose and report the output","code":1,"cause":[],' +
        '"stack":["    at f (file.ts:1:2)","    at g (file.ts:3:4)"]}\n',
    );
  });

  for (const [thrown, message] of [
    ['text', 'text'],
    [undefined, 'a value that is not an Error'],
    [Object.create(null), 'a value that is not an Error'],
  ] as const) {
    it(`handles a thrown ${typeof thrown}`, async () => {
      const output = await logged(TEXT, (log) => {
        log.error(thrown);
      });
      expect(output).to.match(new RegExp(`^error: internal error: ${message}\nhint: .*\n$`));
    });
  }
});

describe('log: secrets', () => {
  const secrets = ['', 'open-sesame', 'a"b\\c\u0085\nd', 'open-sesame-and-more'];
  const spellings = secrets
    .flatMap((secret) => [secret, visible(secret), JSON.stringify(secret).slice(1, -1)])
    .filter(Boolean);
  const everywhere = spellings.join(' | ');

  for (const format of ['text', 'json'] as const) {
    it(`redacts them as ${format}, in any spelling and field`, async () => {
      const output = await logged(
        { ...TEXT, format, verbose: true },
        (log) => {
          log.emit({ type: 'notice', message: everywhere, hint: everywhere, site: everywhere });
          log.emit({
            type: 'attempt',
            retries: 5,
            method: 'GET',
            url: everywhere,
            attempt: 1,
            milliseconds: 1,
            failure: everywhere,
          });
          log.error(new RefusedError(everywhere, { hint: everywhere, cause: new Error(everywhere) }), everywhere);
          log.error(new Error(everywhere));
        },
        secrets,
      );
      expect(output).to.contain('[key]');
      for (const part of ['sesame', 'more', 'a"b', 'a\\"b', 'b\\c', 'b\\\\c']) expect(output).not.to.contain(part);
    });
  }

  it('redacts a secret in a cause before cutting the cause', async () => {
    const output = await logged(
      { ...TEXT, verbose: true },
      (log) => {
        log.error(new RefusedError('no', { cause: `${'x'.repeat(297)}open-sesame` }));
      },
      secrets,
    );
    expect(output).to.equal(`error: no\ncaused by: ${'x'.repeat(297)}[ke…\n`);
  });

  it('reads the secrets again for each line', async () => {
    const known: string[] = [];
    const output = await logged(
      TEXT,
      (log) => {
        known.push('sesame');
        log.error(new RefusedError('sesame'));
      },
      known,
    );
    expect(output).to.equal('error: [key]\n');
  });
});

describe('log', () => {
  it('writes in order, even if a write takes long', async () => {
    const writes: string[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const stderr = {
      write: (data: string | Uint8Array) => {
        writes.push(String(data));
        return released;
      },
    };
    const log = await createLog(stderr, CLOCK, TEXT, () => []);
    log.error(new RefusedError('one'));
    log.error(new RefusedError('two'));
    await setImmediate();
    expect(writes).to.deep.equal(['error: one\n']);
    release();
    await log.flush();
    expect(writes).to.deep.equal(['error: one\n', 'error: two\n']);
  });

  it('continues if the reader has closed stderr', async () => {
    const stderr = { write: () => Promise.reject(new ClosedPipeError(undefined)) };
    const log = await createLog(stderr, CLOCK, TEXT, () => []);
    log.error(new RefusedError('one'));
    await log.flush();
  });

  it('never writes a control character', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[2J', '\n', '\u009b', '\u202e', '\ud800'),
    );
    const options = fc.constantFrom<LogOptions>({ ...TEXT, verbose: true }, { ...JSON_LOG, verbose: true });
    await fc.assert(
      fc.asyncProperty(options, text, text, text, async (chosen, message, hint, site) => {
        const output = await logged(chosen, (log) => {
          log.emit({ type: 'notice', message, hint, site });
          log.error(new RefusedError(message, { hint, cause: new Error(hint) }), site);
        });
        const lines = output.split('\n');
        expect(lines).to.have.length(chosen.format === 'json' ? 3 : 6);
        for (const line of lines)
          expect(line).not.to.match(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u);
        if (chosen.format === 'json') for (const line of lines.slice(0, -1)) JSON.parse(line);
      }),
    );
  });
});
