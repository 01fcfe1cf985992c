import { claimCases } from './claims.js';
import { conflictCases } from './conflicts.js';
import { errorCases } from './errors.js';
import { operationCases } from './operation.js';
import { outageCases } from './outages.js';
import type { Stage } from './stage.js';

/** One case: what is done, and what every network must then show. */
export interface Case {
  readonly title: string;
  run(stage: Stage): Promise<void>;
}

/** They run on the stand-in and on Fabric itself, in any order, on one network. */
export const CASES: readonly Case[] = [
  ...claimCases,
  ...conflictCases,
  ...errorCases,
  ...operationCases,
  ...outageCases,
];
