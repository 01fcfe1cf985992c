import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openApiDocument } from '../../backend/openapi/document.js';
import { failureOf } from '../server/backend/failure';
import { type OpenApi, typesOf } from '../server/backend/generate-types';
import { sumBy } from '../server/backend/metrics';
import { readConfig } from '../server/config';
import { Attempts } from '../server/session/attempts';
import { hashPassword, isPassword } from '../server/session/passwords';
import { readUsers } from '../server/session/users';
import { addressOf } from '../server/start';

describe('the types of the backend', () => {
  it('are those of its OpenAPI document: after a change, run `npm run types`', () => {
    const document = JSON.parse(JSON.stringify(openApiDocument('/api/spydra'))) as OpenApi;
    expect(readFileSync(new URL('../server/backend/types.ts', import.meta.url), 'utf8')).toBe(typesOf(document));
  });
});

describe('a failure of the backend', () => {
  it.each([400, 401, 403, 404, 409, 429, 500, 502, 503, 504])(
    'with status %i is a sentence, and what to do',
    (status) => {
      const { sentence, advice } = failureOf(status);
      for (const text of [sentence, advice]) expect(text).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('says that nothing was changed only if that is certain', () => {
    expect(JSON.stringify(failureOf(504))).not.toContain('othing was changed');
    expect(failureOf(503).advice).toContain('Nothing was changed');
  });
});

describe('failed logins', () => {
  it('are limited by name and address, by address, and by name, until the window is over', () => {
    const attempts = new Attempts();
    const fail = (name: string, address: string, times: number) => {
      for (let time = 0; time < times; time++) attempts.begin(name, address, 0);
    };
    fail('alice', '192.0.2.1', 4);
    expect(attempts.wait('alice', '192.0.2.1', 1)).toBe(0);
    fail('alice', '192.0.2.1', 1);
    expect(attempts.wait('alice', '192.0.2.1', 1)).toBe(15 * 60_000 - 1);
    expect(attempts.wait('alice', '192.0.2.2', 1)).toBe(0);
    expect(attempts.wait('bob', '192.0.2.1', 1)).toBe(0);
    fail('bob', '192.0.2.1', 15);
    expect(attempts.wait('carol', '192.0.2.1', 1)).toBeGreaterThan(0);
    expect(attempts.wait('alice', '192.0.2.1', 15 * 60_000)).toBe(0);
  });

  it('are forgotten after a login', () => {
    const attempts = new Attempts();
    for (let time = 0; time < 5; time++) attempts.begin('alice', '192.0.2.1', 0);
    attempts.succeeded('alice', '192.0.2.1');
    expect(attempts.wait('alice', '192.0.2.1', 1)).toBe(0);
  });

  it('for other names from an address are not forgotten after a login from there', () => {
    const attempts = new Attempts();
    for (let time = 0; time < 20; time++) attempts.begin(`name-${time}`, '192.0.2.1', 0);
    attempts.begin('alice', '192.0.2.1', 0);
    attempts.succeeded('alice', '192.0.2.1');
    expect(attempts.wait('carol', '192.0.2.1', 1)).toBeGreaterThan(0);
  });
});

describe('a login in a later window of its address', () => {
  it('allows no more failures there than any other', () => {
    const attempts = new Attempts();
    const window = 15 * 60_000;
    attempts.begin('bob', '192.0.2.1', 0);
    for (let time = 0; time < 4; time++) attempts.begin('alice', '192.0.2.1', window - 1);
    attempts.begin('bob', '192.0.2.1', window);
    attempts.succeeded('alice', '192.0.2.1');
    for (let time = 0; time < 20; time++) attempts.begin(`name-${time}`, '192.0.2.1', window);
    expect(attempts.wait('carol', '192.0.2.1', window)).toBeGreaterThan(0);
  });
});

describe("a person's address", () => {
  const from = (header: string | undefined, hops: number) =>
    addressOf({ headers: { 'x-forwarded-for': header }, socket: { remoteAddress: '10.0.0.1' } } as never, hops);

  it('is that of the connection without a proxy, whatever the header claims', () => {
    expect(from('203.0.113.1', 0)).toBe('10.0.0.1');
  });

  it('is what the outermost trusted proxy has seen, not what the client claims', () => {
    expect(from('198.51.100.9, 203.0.113.1', 1)).toBe('203.0.113.1');
    expect(from('198.51.100.9, 203.0.113.1, 10.0.0.2', 2)).toBe('203.0.113.1');
    expect(from('no address', 1)).toBe('10.0.0.1');
    expect(from(undefined, 1)).toBe('10.0.0.1');
  });
});

describe('the configuration', () => {
  it('names all that is missing or wrong at once', () => {
    expect(() => readConfig({ WEB_SECRET: 'short', BACKEND_URL: 'nowhere' } as never)).toThrow(
      /WEB_SECRET needs 32 characters or more; JWT_SECRET is missing; .*USERS_FILE is missing; nowhere is not an http/,
    );
  });
});

describe('counters of a backend', () => {
  it('are added up by a label', () => {
    const text =
      'a_total{type="mint",outcome="committed"} 2\na_total{type="burn",outcome="committed"} 3\na_total{outcome="unknown"} 1\nb_total{outcome="committed"} 9\n';
    expect(Object.fromEntries(sumBy(text, 'a_total', 'outcome'))).toEqual({ committed: 5, unknown: 1 });
  });
});

describe('passwords', () => {
  it('are recognised by their hash, and no others', async () => {
    const hash = await hashPassword('p');
    expect(hash).not.toContain('p$');
    expect([await isPassword('p', hash), await isPassword('q', hash), await isPassword('p', 'plain')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('npm run users', () => {
  it('adds users, revokes their sessions and removes them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spydra-users-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'users.json');
    const command = new URL('../server/session/users-command.ts', import.meta.url).pathname;
    const run = (...args: readonly string[]) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', command, ...args], {
        env: { ...process.env, USERS_FILE: file },
      });
    const { stdout } = await run('add', 'carol', 'investor', 'wallet-carol');
    const [, password = ''] = /: (\S+)\n/.exec(stdout) ?? [];
    const [carol] = readUsers(file);
    expect(carol).toMatchObject({ name: 'carol', role: 'investor', wallet: 'wallet-carol' });
    expect(await isPassword(password, carol?.password ?? '')).toBe(true);
    await run('revoke', 'carol');
    expect(readUsers(file)[0]?.sessionsFrom).toBeGreaterThan(0);
    await run('remove', 'carol');
    expect(readUsers(file)).toEqual([]);
    await expect(run('add', 'dave', 'king')).rejects.toThrow(/npm run users/);
  });
});
