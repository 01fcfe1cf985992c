import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/*
 * TypeScript types of the backend's responses, from its OpenAPI document:
 * npm run types -- http://localhost:3001/api/spydra/openapi.json
 */

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: Schema }>> }>>;
}

/** An OpenAPI document, as far as it is used. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const HEAD = `/*
 * Generated from the backend's OpenAPI document by generate-types.ts: npm run types. Do not edit.
 */

/** A number, as the text of its digits: exact, where a float would round it. */
export type Digits = string;
`;

/** Returns the module of types: one for each schema of a record, and \`Responses\` by operation. */
export function typesOf({ paths, components }: OpenApi): string {
  const records = Object.entries(components.schemas).filter(([name]) => !name.endsWith('Error'));
  const named = records.map(([name, schema]) => `export interface ${name} ${typeOf(schema, '')}\n`);
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const responses = operations.flatMap((operation) => {
    const schema = jsonOf(operation);
    return schema ? [`  ${operation.operationId}: ${typeOf(schema, '  ')};\n`] : [];
  });
  return [
    HEAD,
    ...named,
    `/** The bodies of success responses. */\nexport interface Responses {\n${responses.join('')}}\n`,
  ].join('\n');
}

/** The schema of a success response; undefined for a stream, which is no JSON. */
function jsonOf({ responses }: Operation): Schema | undefined {
  return (responses[200] ?? responses[201])?.content?.['application/json']?.schema;
}

function typeOf(schema: Schema, indent: string): string {
  const { $ref, type, items, properties } = schema;
  if ($ref) return $ref.split('/').at(-1) ?? 'unknown';
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (type === 'array' && items) return `readonly ${typeOf(items, indent)}[]`;
  if (type === 'object' && properties) return objectOf(schema, indent);
  if (type === 'object') return 'Readonly<Record<string, unknown>>';
  if (type === 'integer' || type === 'number') return 'Digits';
  return type === 'string' || type === 'boolean' ? type : 'unknown';
}

function objectOf({ properties = {}, required = [] }: Schema, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description ? `${inner}/** ${schema.description} */\n` : '';
    return `${comment}${inner}readonly ${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema, inner)};\n`;
  });
  return `{\n${lines.join('')}${indent}}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [source = 'http://localhost:3001/api/spydra/openapi.json'] = process.argv.slice(2);
  const text = /^https?:/.test(source) ? await (await fetch(source)).text() : await readFile(source, 'utf8');
  await writeFile(new URL('types.ts', import.meta.url), typesOf(JSON.parse(text) as OpenApi));
}
