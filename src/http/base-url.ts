/** Ports that fetch refuses before it connects. @see https://fetch.spec.whatwg.org/#port-blocking */
const BLOCKED_PORTS = new Set(
  `0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 137
  139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719 1720
  1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080`.split(/\s+/),
);
// A URL parser drops or replaces white space, controls, a backslash and a third slash; ? and # end the path.
const PLAIN = /^https?:\/\/(?!\/)(?:(?![\\?#])[\x21-\x7e])+$/i;
const WITH_USER = /^[^/]*\/\/[^/]*@/;

/** What is wrong with a base URL, as the rest of a sentence; undefined if nothing is. */
export function baseUrlProblem(text: string): string | undefined {
  if (!/^https?:/i.test(text)) return 'must be an http(s) URL: begin it with https:// or http://';
  if (!PLAIN.test(text) || !URL.canParse(text) || WITH_USER.test(text)) {
    return 'must be an http(s) URL of visible ASCII characters, without credentials, query and fragment';
  }
  const { port } = new URL(text);
  return BLOCKED_PORTS.has(port) ? `has the port ${port}, which fetch refuses` : undefined;
}

/** The base URL as fetch reads it, without a slash at its end. */
export function normalized(baseUrl: string): string {
  return new URL(baseUrl).href.replace(/\/+$/, '');
}
