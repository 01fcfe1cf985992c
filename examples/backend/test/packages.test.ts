import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

it('the packages that express/ and backend/ share have the same versions', () => {
  const versionsIn = (example: string) => {
    const text = readFileSync(new URL(`../../${example}/package-lock.json`, import.meta.url), 'utf8');
    return (JSON.parse(text) as Lock).packages;
  };
  const [express, backend] = [versionsIn('express'), versionsIn('backend')];
  const shared = Object.keys(express).filter((path) => path.startsWith('node_modules/') && path in backend);
  expect(shared).toContain('node_modules/express');
  expect(shared).toContain('node_modules/zod');
  const versions = (packages: Lock['packages']) => shared.map((path) => `${path}@${packages[path]?.version}`);
  expect(versions(express)).toEqual(versions(backend));
});
