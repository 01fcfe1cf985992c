import * as z from 'zod/mini';

/** What makes a text invalid as an id in a write, with the messages. Every written id must be valid in a path. */
const FAULTS: readonly [isFaulty: (text: string) => boolean, message: string][] = [
  [(text) => text === '', 'must not be empty'],
  [(text) => text.length > 256, 'must be at most 256 UTF-16 code units'],
  [(text) => /^\s|\s$/.test(text), 'must not have white space at its ends'],
  [(text) => /^\.{1,2}$/.test(text), 'must not be a step in a path'],
  [(text) => /[/\\]/.test(text), 'must not hold slashes'],
  // Half a surrogate pair is not valid UTF-8, and so no key of Fabric.
  [(text) => /\p{Cs}/u.test(text), 'must not hold half a character'],
  [(text) => /\p{Cc}/u.test(text), 'must not hold control characters'],
  [(text) => /[\p{Z}\u2800]/u.test(text.replaceAll(' ', '')), 'must not hold white space other than U+0020'],
  [(text) => /[\p{Cf}\p{DI}]/u.test(text), 'must not hold characters that cannot be seen'],
  [(text) => /[\p{NChar}\ufffd]/u.test(text), 'must not hold what is no character'],
  [(text) => text.normalize() !== text, 'must be in the normalization form NFC'],
];

/** An id in a write. Ids of reads are not checked. */
export const writtenId = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing' : 'must be a text') })
  .check(
    z.superRefine((text, context) => {
      const [, message] = FAULTS.find(([isFaulty]) => isFaulty(text)) ?? [];
      if (message !== undefined) context.addIssue(message);
    }),
  );
