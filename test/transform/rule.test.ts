import { expect } from 'chai';
import { describe, it } from 'mocha';

import { InvalidDataError } from '../../src/domain/errors.ts';
import { applyCutoff, createCutoffRule, distinctDevices } from '../../src/transform/rule.ts';
import { thrownBy, errorFields } from '../support/thrown.ts';

const NOW = Date.parse('2026-01-01T00:00:00.250Z');
const LATER = '2025-01-01T00:00:00Z';

describe('createCutoffRule', () => {
  it('returns the cutoff as an instant and as text', () => {
    expect(createCutoffRule('2022-01-01T01:00:00.5+01:00', true, NOW)).to.deep.equal({
      cutoff: { seconds: 1_640_995_200, nanoseconds: 5e8 },
      cutoffText: '2022-01-01T01:00:00.5+01:00',
      cutoffInclusive: true,
      now: { seconds: 1_767_225_600, nanoseconds: 250_000_000 },
    });
  });

  it('accepts times before 1970 and with fractions', () => {
    expect(createCutoffRule(LATER, false, -1).now).to.deep.equal({ seconds: -1, nanoseconds: 999_000_000 });
    expect(createCutoffRule(LATER, false, 1000.5).now).to.deep.equal({ seconds: 1, nanoseconds: 500_000 });
  });

  it('rejects an invalid cutoff', () => {
    expect(errorFields(thrownBy(() => createCutoffRule('2022-02-31T00:00:00Z\u001b', false, NOW)))).to.deep.equal({
      type: 'InvalidDataError',
      message: 'expected an RFC 3339 time, received "2022-02-31T00:00:00Z\\u001b"',
    });
  });
});

describe('applyCutoff', () => {
  const exclusive = createCutoffRule('2022-01-01T00:00:00Z', false, NOW);
  const inclusive = createCutoffRule('2022-01-01T00:00:00Z', true, NOW);
  const begins: readonly [what: string, begin: string, kept: boolean, keptInclusive: boolean, isAtCutoff: boolean][] = [
    ['a year before the cutoff', '2021-01-01T00:00:00Z', false, false, false],
    ['1 ms before the cutoff', '2021-12-31T23:59:59.999Z', false, false, false],
    ['1 ns before the cutoff', '2021-12-31T23:59:59.999999999Z', false, false, false],
    ['before it, though its text is later', '2022-01-01T00:00:00.000Z'.replace('Z', '+00:01'), false, false, false],
    ['exactly at the cutoff', '2022-01-01T00:00:00Z', false, true, true],
    ['exactly at it, in another notation', '2022-01-01T00:00:00.000Z', false, true, true],
    ['exactly at it, at another offset', '2022-01-01T05:45:00+05:45', false, true, true],
    ['at it, to the nanosecond', '2022-01-01T00:00:00.0000000009Z', false, true, true],
    ['1 ns after the cutoff', '2022-01-01T00:00:00.000000001Z', true, true, false],
    ['1 ms after the cutoff', '2022-01-01T00:00:00.001Z', true, true, false],
    ['after it, though its text is earlier', '2021-12-31T23:59:59-00:01', true, true, false],
  ];
  for (const [what, begin, isKept, isKeptInclusive, isAtCutoff] of begins) {
    it(`${isKept ? 'keeps' : 'removes'} an outage that begins ${what}`, () => {
      const outage = { id: 'a', begin, end: LATER };
      expect(applyCutoff(outage, exclusive)).to.deep.equal({ isKept, isAtCutoff });
      expect(applyCutoff(outage, inclusive)).to.deep.equal({ isKept: isKeptInclusive, isAtCutoff });
    });
  }

  const future = 'it begins in the future';
  const backwards = 'it ends before it begins';
  const odd: readonly [what: string, begin: string, end: string, anomaly: string | undefined][] = [
    ['an end at the begin', LATER, LATER, undefined],
    ['an end at the begin, at another offset', LATER, '2024-12-31T23:00:00-01:00', undefined],
    ['an end 1 ns before the begin', '2025-01-01T00:00:00.000000001Z', LATER, backwards],
    ['a begin now', '2026-01-01T00:00:00.250Z', '2027-01-01T00:00:00Z', undefined],
    ['a begin 1 ns from now', '2026-01-01T00:00:00.250000001Z', '2027-01-01T00:00:00Z', future],
    ['an end in the future', LATER, '2027-01-01T00:00:00Z', undefined],
    ['both anomalies', '2027-01-01T00:00:00Z', LATER, backwards],
  ];
  for (const [what, begin, end, anomaly] of odd) {
    it(`keeps an outage with ${what} ${anomaly === undefined ? 'without' : 'and reports'} an anomaly`, () => {
      const decision = { isKept: true, isAtCutoff: false };
      expect(applyCutoff({ id: 'a', begin, end }, exclusive)).to.deep.equal(
        anomaly === undefined ? decision : { ...decision, anomaly },
      );
    });
  }

  it('rejects an invalid timestamp', () => {
    expect(thrownBy(() => applyCutoff({ id: 'a', begin: 'x', end: LATER }, exclusive))).to.be.instanceOf(
      InvalidDataError,
    );
    expect(thrownBy(() => applyCutoff({ id: 'a', begin: LATER, end: 'x' }, exclusive))).to.be.instanceOf(
      InvalidDataError,
    );
  });
});

describe('distinctDevices', () => {
  const site = (...devices: readonly [id: string, name: string][]) => ({
    id: 'a',
    name: 'A',
    devices: devices.map(([id, name]) => ({ id, name })),
  });

  it('returns the devices in order, with ids and names unchanged', () => {
    const info = site(['1', 'One'], ['01', 'Two'], ['1 ', ''], ['__proto__', 'P'], ['constructor', 'C']);
    expect(distinctDevices(info)).to.deep.equal(info.devices);
    expect(distinctDevices(site())).to.deep.equal([]);
  });

  it('returns a device once that is listed twice with the same name', () => {
    const info = site(['1', 'One'], ['2', 'One'], ['1', 'One']);
    expect(distinctDevices(info)).to.deep.equal(info.devices.slice(0, 2));
  });

  it('rejects a device with two names, also if one is empty', () => {
    const hint = 'the API must give each device one name; nothing was sent for this site';
    const errorOf = (...devices: readonly [string, string][]) =>
      errorFields(thrownBy(() => distinctDevices(site(...devices))));
    expect(errorOf(['2', 'Two'], ['1', 'One'], ['1', 'Uno\u202e'])).to.deep.equal({
      type: 'InvalidDataError',
      message: 'devices[2].name: device "1" is named "One" and "Uno\\u202e"',
      hint,
    });
    expect(errorOf(['1', ''], ['1', 'One'])).to.deep.equal({
      type: 'InvalidDataError',
      message: 'devices[1].name: device "1" is named "" and "One"',
      hint,
    });
  });
});
