import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { common } from '@hyperledger/fabric-protos';

/** A peer's disk: the envelopes of each block, a line for each. It outlives the process, killed or not. */
export class BlockFile {
  constructor(private readonly path: string) {}

  /** The blocks so far, without one of which a crash has left only a part. */
  read(): common.Envelope[][] {
    if (!existsSync(this.path)) return [];
    const text = readFileSync(this.path, 'utf8');
    const complete = text.slice(0, text.lastIndexOf('\n') + 1);
    if (complete.length < text.length) writeFileSync(this.path, complete);
    return complete
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as string[]).map(envelopeOf));
  }

  append(envelopes: readonly common.Envelope[]): void {
    const texts = envelopes.map((envelope) => Buffer.from(envelope.serializeBinary()).toString('base64'));
    appendFileSync(this.path, `${JSON.stringify(texts)}\n`);
  }
}

function envelopeOf(text: string): common.Envelope {
  return common.Envelope.deserializeBinary(Buffer.from(text, 'base64'));
}
