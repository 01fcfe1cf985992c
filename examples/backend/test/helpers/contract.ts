import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { ROUTES, type RouteName, type SampleAssets } from '../../../express/index.js';
import type { Answer, Sent } from '../../../express/test/helpers/listening.js';
import { type OpenApiDocument, openApiDocument } from '../../openapi/document.js';

const NAME = 'openapi.json';

/** Node itself answers so, without a body, to what it does not read to its end. */
const BEFORE_ROUTES = [408, 431];

/** Schemas of a document, to check values with. They take no field that is not documented, unless a schema says so. */
export function schemasOf(document: OpenApiDocument) {
  const ajv = new Ajv2020({ allErrors: true });
  formats.default(ajv);
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(closed(document) as object, NAME, false, false);

  /** What is wrong with a value, by the schema at this place of the document; nothing if it is right. */
  return (place: readonly string[], value: unknown): string[] => {
    const pointer = place.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent);
    const validate = ajv.getSchema(`${NAME}#/${pointer.join('/')}`);
    if (!validate) throw new Error(`The document has no schema at ${place.join(' > ')}.`);
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

/** What the contract says against an answer to `GET /assets`; nothing if the answer is as documented. */
export function answersOf(document: OpenApiDocument) {
  const problemsOf = schemasOf(document);

  return (route: string, answer: Pick<Answer, 'status' | 'headers' | 'text'>): string[] => {
    const { status, headers, text } = answer;
    if (route.startsWith('OPTIONS ') || BEFORE_ROUTES.includes(status)) return [];
    const place = placeOf(document, route, status);
    const response = place && at(document, place);
    if (!place || !response) return [`status ${status} is not documented`];

    const type = headers.get('Content-Type');
    if (!type?.startsWith('application/json')) return [`Content-Type is ${type}`];
    const documented = Object.entries((response as { headers: Record<string, { required?: boolean }> }).headers);
    const wrongHeaders = documented.flatMap(([name, { required }]) => {
      const value = headers.get(name);
      if (value === null) return required ? [`${name} is missing`] : [];
      const read = name === 'Retry-After' ? Number(value) : value;
      const problems = problemsOf([...place, 'headers', name, 'schema'], read);
      return problems.map((problem) => `${name}${problem}`);
    });
    const wrongBody = problemsOf([...place, 'content', 'application/json', 'schema'], JSON.parse(text, asFloat));
    return [...wrongHeaders, ...wrongBody];
  };
}

const problemsWith = answersOf(openApiDocument('/api/spydra'));

/** Floats are right or wrong for a schema as the exact numbers are, but for what no float holds. */
function asFloat(_name: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : value;
}

/** @throws Error if an answer is not as documented. */
export function expectAsDocumented(route: string, answer: Answer): void {
  const problems = problemsWith(route, answer);
  if (problems.length === 0) return;
  throw new Error(
    `The answer to ${route} is not as documented: ${problems.join('; ')}\n${answer.status} ${answer.text}`,
  );
}

/** The contract's example of a request to a route: `POST /assets/a1/publish`, and what goes along. */
export function exampleOf(route: RouteName, sample: SampleAssets): readonly [route: string, sent: Pick<Sent, 'body'>] {
  const { params = {}, query, body } = ROUTES[route].example?.(sample) ?? {};
  const path = route.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '');
  const target = query ? `${path}?${new URLSearchParams(query)}` : path;
  return [target, body === undefined ? {} : { body }];
}

/** Where in the document the answer to a request stands. What is no route fails as routes do. */
function placeOf(document: OpenApiDocument, route: string, status: number): string[] | undefined {
  const [method = '', target = ''] = route.split(' ');
  const [path = ''] = target.split('?');
  const operation = Object.keys(ROUTES).find((known) => matches(known, `${method} ${path}`));
  if (!operation && status < 400) return undefined;
  const [verb = '', pattern = ''] = (operation ?? 'POST /tokens/mint').replace(/:(\w+)/g, '{$1}').split(' ');
  const place = ['paths', pattern, verb.toLowerCase(), 'responses', `${status}`];
  const { $ref = undefined } = (at(document, place) ?? {}) as { $ref?: string };
  return $ref?.split('/').slice(1) ?? place;
}

function at(document: OpenApiDocument, place: readonly string[]): unknown {
  return place.reduce<unknown>((inner, part) => (inner as Record<string, unknown> | undefined)?.[part], document);
}

function matches(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(path);
}

/** The document with every object closed that does not say that it is open. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, closed(inner)]));
  return copy.type === 'object' && 'properties' in copy ? { additionalProperties: false, ...copy } : copy;
}
