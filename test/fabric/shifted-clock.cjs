/* Loaded by a chaincode process first: its clock is a year ahead. */
const YEAR = 365 * 24 * 60 * 60 * 1_000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + YEAR] : parts));
  }
  static now() {
    return RealDate.now() + YEAR;
  }
};
