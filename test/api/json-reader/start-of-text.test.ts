import { expect } from 'chai';
import { describe, it } from 'mocha';

import { describeMarkup, startOfText } from '../../../src/api/json-reader/start-of-text.ts';
import { thrownBy, errorFields } from '../../support/thrown.ts';

const JSON_TEXT = '[{"id":"a"}]';
const BIG_ENDIAN = Buffer.from(JSON_TEXT, 'utf16le').swap16();

describe('startOfText', () => {
  it('skips a UTF-8 byte order mark', () => {
    expect(startOfText(Buffer.from(`\ufeff${JSON_TEXT}`))).to.equal(3);
  });

  it('starts at once without a byte order mark, even for a short text', () => {
    for (const text of [JSON_TEXT, '[]', '1', '']) expect(startOfText(Buffer.from(text))).to.equal(0);
    for (const bytes of [[0xef], [0xef, 0xbb], [0xef, 0xbb, 0x20], [0xff, 0x20], [0xfe, 0x20]]) {
      expect(startOfText(Uint8Array.from(bytes))).to.equal(0);
    }
  });

  for (const [name, bytes] of [
    ['little-endian with a mark', Buffer.from(`\ufeff${JSON_TEXT}`, 'utf16le')],
    ['big-endian with a mark', Buffer.concat([Buffer.of(0xfe, 0xff), BIG_ENDIAN])],
    ['little-endian without a mark', Buffer.from(JSON_TEXT, 'utf16le')],
    ['big-endian without a mark', BIG_ENDIAN],
  ] as const) {
    it(`detects UTF-16, ${name}`, () => {
      expect(errorFields(thrownBy(() => startOfText(bytes)))).to.include({
        type: 'NotJsonError',
        message: 'invalid JSON at byte 0: saved as UTF-16; save as UTF-8',
      });
    });
  }
});

describe('describeMarkup', () => {
  it('quotes the title of an HTML page', () => {
    expect(describeMarkup(Buffer.from('<html><title lang="en"> Sign in\u001b </title>'))).to.equal(
      'received an HTML page instead of JSON: "Sign in\\u001b"',
    );
    expect(describeMarkup(Buffer.from('<p>Hello'))).to.equal('received an HTML page instead of JSON');
  });

  it('detects XML', () => {
    expect(describeMarkup(Buffer.from('<?xml version="1.0"?><Error/>'))).to.equal('received XML instead of JSON');
  });
});
