import { peer } from '@hyperledger/fabric-protos';
import type { Code } from '../../helpers/fabric-ledger.js';

export function validationCode(code: Code): peer.TxValidationCodeMap[Code] {
  return peer.TxValidationCode[code];
}
