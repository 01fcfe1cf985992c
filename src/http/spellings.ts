/*
 * Finds a secret in a text that spells it otherwise: texts are decoded until nothing is left to decode, whatever
 * encodings a server or a proxy has nested, and the result is searched for the secret.
 */

/** A secret of a few characters would be found in other text too. */
const MIN_LENGTH = 8;
/** Escapes within escapes, and encodings within encodings. A text with more of them is no ordinary one. */
const MAX_PASSES = 8;
const MAX_LAYERS = 6;

const ESCAPES = new RegExp(
  [
    '&#x0*([0-9a-f]{1,6});?',
    '&#0*([0-9]{1,7});?',
    '&([a-z]+);?',
    // Backslashes are escaped themselves in JSON within JSON.
    '\\\\+([nrt])',
    '%u([0-9a-f]{4})',
    '%([0-9a-f]{2})',
    '\\\\+u\\{0*([0-9a-f]{1,6})\\}',
    '\\\\+u([0-9a-f]{4})',
    '\\\\+x([0-9a-f]{2})',
    '\\\\+',
  ].join('|'),
  'gi',
);
/** How many alternatives have a group. */
const ESCAPE_GROUPS = 9;
/** HTML's names of visible ASCII characters. */
const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", excl: '!', num: '#', dollar: '$', percnt: '%', lpar: '(' },
  ...{ rpar: ')', ast: '*', midast: '*', plus: '+', comma: ',', period: '.', sol: '/', colon: ':', semi: ';' },
  ...{ equals: '=', quest: '?', commat: '@', lsqb: '[', lbrack: '[', bsol: '\\', rsqb: ']', rbrack: ']', hat: '^' },
  ...{ lowbar: '_', grave: '`', lcub: '{', lbrace: '{', verbar: '|', vert: '|', rcub: '}', rbrace: '}' },
};

/** A secret as it appears in a decoded text: unchanged, and with what looks like escapes in it decoded too. */
export function decodedForms(secret: string): string[] {
  const forms = [comparable(secret)];
  let form = secret;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    form = unescaped(form);
    forms.push(comparable(form));
  }
  return [...new Set(forms)];
}

/**
 * Whether a text holds a secret in any spelling. Takes time in proportion to the text.
 *
 * @param forms - what {@link decodedForms} gives for the secrets
 */
export function holdsSecret(text: string, forms: readonly string[], layer = 0): boolean {
  let form = text;
  for (let pass = 0; ; pass++) {
    const plain = comparable(form);
    if (forms.some((secret) => plain.includes(secret))) return true;
    const next = unescaped(form);
    if (next === form) break;
    if (pass === MAX_PASSES) return true;
    form = next;
  }
  const within = decodedBase64(form) + decodedHex(form);
  return within !== '' && layer < MAX_LAYERS && holdsSecret(within, forms, layer + 1);
}

/** Without what differs between spellings of the same: case, folded lines, backslashes. */
function comparable(text: string): string {
  return text.replace(/\\|[\r\n]+[ \t]*/g, '').toLowerCase();
}

/** Undoes one layer of the escapes of HTML, URLs, JSON and JavaScript. */
function unescaped(text: string): string {
  return text.replace(ESCAPES, (written, ...groups) => {
    const [byHex, decimal, name, lineEnd, ...codes] = groups.slice(0, ESCAPE_GROUPS);
    if (name !== undefined) return NAMED[name.toLowerCase()] ?? written;
    if (lineEnd !== undefined) return '\n';
    const hex = byHex ?? codes.find((code) => code !== undefined);
    if (decimal === undefined && hex === undefined) return '';
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : written;
  });
}

/** The text's Base64, of both alphabets, wherever its groups of four begin. */
function decodedBase64(text: string): string {
  const squeezed = text
    .replace(/[\s\\]+/g, '')
    .replace(/-/g, '+')
    .replace(/_/g, '/');
  const groups = (run: string, from: number) => run.slice(from, run.length - ((run.length - from) % 4 === 1 ? 1 : 0));
  const runs = squeezed.match(/[a-z0-9+/]{11,}/gi) ?? [];
  return visible(runs.flatMap((run) => [0, 1, 2, 3].map((from) => atob(groups(run, from)))));
}

/** The text's hexadecimal bytes, with any separators: `6b:65:79`, `0x6b, 0x65`. */
function decodedHex(text: string): string {
  const squeezed = text.replace(/0x|[^0-9a-z]+/gi, '');
  const bytes = (run: string, from: number) =>
    (run.slice(from).match(/../g) ?? []).map((pair) => String.fromCharCode(Number.parseInt(pair, 16))).join('');
  const runs = squeezed.match(/[0-9a-f]{16,}/gi) ?? [];
  return visible(runs.flatMap((run) => [0, 1].map((from) => bytes(run, from))));
}

/** The readable parts of decoded bytes: what was not encoded decodes to noise, and is dropped. */
function visible(decoded: readonly string[]): string {
  return decoded
    .flatMap((text) => text.match(READABLE) ?? [])
    .map((part) => part + END)
    .join('');
}

/** Separates adjacent parts. */
const END = '\0';
const READABLE = new RegExp(`[\\t\\n\\r\\x20-\\x7e]{${MIN_LENGTH},}`, 'g');
