import { peer } from '@hyperledger/fabric-protos';
import type { ValidationCode } from '../../../src/sandbox/world-state.js';

export function validationCode(code: ValidationCode): peer.TxValidationCodeMap[ValidationCode] {
  return peer.TxValidationCode[code];
}
