/*
 * Where a store keeps what it knows of a tag, below a place that all clients of one ledger share.
 */

const VERSION = ':tag:version:';
const UNCERTAIN = ':tag:uncertain:';

export const versionKey = (place: string, tag: string): string => place + VERSION + tag;

/** The key of when the last uncertain write to the tag ends; as a rule nothing stands there. */
export const uncertainKey = (place: string, tag: string): string => place + UNCERTAIN + tag;

/** Whether others that share the store must hear of a change under the key. */
export const isVersionKey = (key: string): boolean => key.includes(VERSION);

export const isUncertainKey = (key: string): boolean => key.includes(UNCERTAIN);

/** For the key of a version, that of the same tag's uncertainty; any other key as it is. */
export const uncertainKeyOf = (key: string): string => key.replace(VERSION, UNCERTAIN);
