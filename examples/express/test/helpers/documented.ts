import { Ajv2020 } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { ROUTES, type Route } from '../../index.js';
import type { Answer } from './listening.js';

const ENVELOPE = z.strictObject({
  success: z.literal(false),
  error: z.string().min(1),
  code: z.string().regex(/^[A-Z_]+$/),
  requestId: z.string().min(1),
  details: z.unknown().optional(),
  spydra: z.unknown().optional(),
});

const ajv = new Ajv2020({ allErrors: true, strict: false });

/** @throws Error if a response is not as the table of routes documents it, or an error has no envelope. */
export function expectDocumented(route: string, { status, headers, text }: Answer): void {
  const documented = routeOf(route)?.answer;
  const [success, schema] = status < 400 ? (documented ?? []) : [status, ENVELOPE];
  const problems = [
    ...(headers.get('X-Request-Id') ? [] : ['X-Request-Id is missing']),
    ...(headers.get('Content-Type') === 'application/json; charset=utf-8' ? [] : ['Content-Type is another one']),
    ...(success === status ? [] : [`status ${status} is not documented`]),
    ...(schema ? problemsOf(schema, JSON.parse(text)) : []),
  ];
  if (problems.length > 0) throw new Error(`${route} is not as documented: ${problems.join('; ')}\n${status} ${text}`);
}

/** The route that a request is for: `GET /assets/a1?limit=1`. */
function routeOf(request: string): Route | undefined {
  const [target = ''] = request.split('?');
  const name = Object.keys(ROUTES).find((known) => new RegExp(`^${known.replace(/:\w+/g, '[^/]+')}$`).test(target));
  return ROUTES[name as keyof typeof ROUTES];
}

function problemsOf(schema: z.ZodType, value: unknown): string[] {
  const { id: _, $schema: __, ...closed } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  ajv.validate(closed, value);
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
