import { expect } from 'chai';
import { describe, it } from 'mocha';

import { createMemoryBudget } from '../../src/api/memory-budget.ts';
import { readSiteInfo } from '../../src/api/read-site-info.ts';
import type { SiteInfoOptions } from '../../src/api/source.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';

describe('readSiteInfo', () => {
  const site = { id: 's', name: 'S', devices: [{ id: 'a', name: 'A' }] };

  function read(text: string | Uint8Array, options?: SiteInfoOptions) {
    return readSiteInfo([Buffer.from(text)], options);
  }

  async function errorOf(text: string | Uint8Array): Promise<unknown> {
    return errorFields(await rejectionOf(read(text)));
  }

  it('accepts a valid site info and drops unknown fields', async () => {
    const json = '{"name":"S", "id":"s","x":1,"devices":[{"name":"A","id":"a","y":2}]}\n';
    expect(await read(json)).to.deep.equal(site);
    expect(await read('{"id":"","name":"","devices":[]}')).to.deep.equal({ id: '', name: '', devices: [] });
    expect(await read('\ufeff{"id":"","name":"","devices":[]}')).to.have.property('devices');
  });

  it('copies the JSON as received, in chunks', async () => {
    const json = JSON.stringify(site);
    const copied: string[] = [];
    const startCopy = () => ({
      append: (bytes: Uint8Array) => copied.push(Buffer.from(bytes).toString()),
      flush: () => Promise.resolve(),
    });
    await readSiteInfo([Buffer.from(json.slice(0, 7)), Buffer.from(json.slice(7))], { startCopy });
    expect(copied).to.deep.equal([json.slice(0, 7), json.slice(7)]);
  });

  it('fails if the devices of all sites exceed the memory budget, and releases its share', async () => {
    const budget = createMemoryBudget(1000);
    await read(JSON.stringify(site), { budget });
    const devices = Array.from({ length: 4 }, (_, index) => ({ id: `d${index}`, name: 'N' }));
    const message = 'too much data: site infos and outages exceed 0 MiB';
    const large = await rejectionOf(read(JSON.stringify({ ...site, devices }), { budget }));
    expect(errorFields(large)).to.include({ type: 'InvalidDataError', message });
    expect(await read(JSON.stringify({ ...site, devices: devices.slice(1) }), { budget })).to.have.property('id', 's');
  });

  it('counts two bytes for each character of a text with one above U+00FF', async () => {
    const named = (name: string): string => JSON.stringify({ ...site, devices: [{ id: 'a', name }] });
    const budget = createMemoryBudget(1000);
    expect(errorFields(await rejectionOf(read(named('€'.repeat(500)), { budget })))).to.include({
      type: 'InvalidDataError',
    });
    expect(await read(named('é'.repeat(500)), { budget })).to.have.property('id', 's');
  });

  it('does not keep unknown keys, however many there are', async () => {
    const json = `{${Array.from({ length: 300_000 }, (_, key) => `"${key}":1,"${key}":2,`).join('')}"id":"s","name":"","devices":[]}`;
    expect(await read(json)).to.deep.equal({ id: 's', name: '', devices: [] });
  });

  it('rejects a site info of more than 64 MiB without waiting for its end', async () => {
    let taken = 0;
    function* endless(): Iterable<Uint8Array> {
      yield Buffer.from('{"devices":[');
      for (;;) {
        taken++;
        yield Buffer.alloc(1024 * 1024, ' ');
      }
    }
    expect(errorFields(await rejectionOf(readSiteInfo(endless())))).to.deep.equal({
      type: 'InvalidDataError',
      message: 'larger than 67108864 bytes',
    });
    expect(taken).to.equal(64);
  });

  const invalid: readonly [value: unknown, problem: string][] = [
    [[], 'expected an object, received an array'],
    [null, 'expected an object, received null'],
    ['x', 'expected an object, received a string'],
    [{ devices: [] }, 'id: expected a value, received nothing'],
    [{ id: 's', name: 'S' }, 'devices: expected an array, received nothing'],
    [{ ...site, id: 7 }, 'id: expected a string, received 7'],
    [{ ...site, name: undefined }, 'name: expected a value, received nothing'],
    [{ ...site, devices: {} }, 'devices: expected an array, received an object'],
    [{ ...site, devices: null }, 'devices: expected an array, received null'],
    [{ ...site, devices: [{ id: 'a', name: 'A' }, 7] }, 'devices[1]: expected an object, received 7'],
    [{ ...site, devices: [{ id: 'a', name: 7 }] }, 'devices[0].name: expected a string, received 7'],
    [{ ...site, devices: [{ name: 'A' }, { name: 'B' }] }, 'devices[0].id: expected a value, received nothing'],
  ];
  for (const [value, message] of invalid) {
    it(`rejects it: ${message}`, async () => {
      expect(await errorOf(JSON.stringify(value))).to.deep.equal({ type: 'InvalidDataError', message });
    });
  }

  it('reports invalid JSON, even after an invalid field', async () => {
    for (const json of ['{"devices":[7],', '{"devices":7,', '{"devices":[],"id":1,"id":2,', '{"devices":?']) {
      expect(await errorOf(json), json).to.include({ type: 'NotJsonError' });
    }
  });

  const repeated: readonly [json: string, message: string][] = [
    ['{"id":"r","id":"s","name":"S","devices":[]}', 'duplicate key "id"'],
    ['{"id":"s","name":"S","devices":[],"d\\u0065vices":[]}', 'duplicate key "devices"'],
    ['{"id":"s","name":"S","devices":[{"id":"a","name":"A","id":"b"}]}', 'devices[0]: duplicate key "id"'],
    ['{"id":"s","name":"S","devices":[{"id":"a","name":"A","n\\u0061me":"B"}]}', 'devices[0]: duplicate key "name"'],
  ];
  for (const [json, message] of repeated) {
    it(`rejects duplicate keys: ${message}`, async () => {
      expect(await errorOf(json)).to.deep.equal({ type: 'InvalidDataError', message });
    });
  }

  it('rejects an unknown field of more than 1 MiB', async () => {
    const json = `{"id":"s","name":"S","devices":[],"more":[${'{},'.repeat(1_000_000)}{}]}`;
    expect(await errorOf(json)).to.include({ message: '"more": larger than 1048576 bytes' });
  });

  it('reports the first of 100,000 invalid devices', async () => {
    const devices = Array.from({ length: 100_000 }, () => ({}));
    expect(await errorOf(JSON.stringify({ ...site, devices }))).to.include({
      message: 'devices[0].id: expected a value, received nothing',
    });
  });

  const notJson: readonly [what: string, bytes: string | Uint8Array, expected: string][] = [
    ['nothing', '', 'byte 0: unexpected end of data'],
    ['half an object', '{"id":"s', 'byte 8: unexpected end of data'],
    ['HTML', '<html>secret</html>', 'byte 0: received an HTML page instead of JSON'],
    [
      'HTML with a title',
      '<!DOCTYPE html>\n<html><head><TITLE>\n Sign\u001b in </TITLE>',
      'byte 0: received an HTML page instead of JSON: "Sign\\u001b in"',
    ],
    ['XML', '<?xml version="1.0"?><Error/>', 'byte 0: received XML instead of JSON'],
    ['more than an object', `${JSON.stringify(site)}x`, 'byte 55: unexpected data after the JSON value'],
    ['UTF-16', Buffer.from(`\ufeff${JSON.stringify(site)}`, 'utf16le'), 'byte 0: saved as UTF-16; save as UTF-8'],
    ['UTF-16 without a byte order mark', Buffer.from('{}', 'utf16le'), 'byte 0: saved as UTF-16; save as UTF-8'],
    ['Latin-1', Buffer.from('{"id":"s","name":"Grüße","devices":[]}', 'latin1'), 'byte 17: invalid UTF-8 in "name"'],
    [
      'an encoded surrogate',
      Buffer.concat([Buffer.from('{"id":"'), Uint8Array.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
      'byte 6: invalid UTF-8 in "id"',
    ],
  ];
  for (const [what, bytes, expected] of notJson) {
    it(`rejects ${what}`, async () => {
      expect(await errorOf(bytes)).to.deep.equal({
        type: 'NotJsonError',
        message: `invalid JSON at ${expected}`,
      });
    });
  }
});
