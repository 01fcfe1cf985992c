import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../helpers/program.js';
import type { Certificate } from './peer/certificates.js';
import { freePorts, isListening } from './ports.js';
import type { Node } from './test-network.js';
import { waitUntil } from './wait-until.js';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const SOURCE = join(EXAMPLES, 'chaincode');

let built: string | undefined;

/** A folder with `examples/chaincode` as it is deployed, built from source once. */
export function deployedChaincode(): string {
  if (built) return built;
  execFileSync(process.execPath, [join(EXAMPLES, 'install.mjs'), 'chaincode'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const folder = mkdtempSync(join(tmpdir(), 'chaincode-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['package.json', 'start.cjs']) copyFileSync(join(SOURCE, file), join(folder, file));
  cpSync(join(SOURCE, 'contract-metadata'), join(folder, 'contract-metadata'), { recursive: true });
  symlinkSync(join(SOURCE, 'node_modules'), join(folder, 'node_modules'));
  const out = `--outfile=${join(folder, 'dist/index.cjs')}`;
  execFileSync('npm', ['run', '--silent', 'build', '--', out], { cwd: SOURCE, stdio: 'inherit' });
  built = folder;
  return folder;
}

export interface ChaincodeOptions {
  readonly port?: number;
  readonly packageId?: string;
  readonly adminMsp?: string;
  /** Without it, the service has no TLS. */
  readonly tls?: Certificate;
  /** A CommonJS module that the process loads first. */
  readonly preload?: string | undefined;
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The variables for TLS, with its files written. */
function tlsVariables({ cert, key }: Certificate): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'chaincode-tls-'));
  const files = { CHAINCODE_TLS_CERT_FILE: join(folder, 'cert.pem'), CHAINCODE_TLS_KEY_FILE: join(folder, 'key.pem') };
  writeFileSync(files.CHAINCODE_TLS_CERT_FILE, cert);
  writeFileSync(files.CHAINCODE_TLS_KEY_FILE, key);
  return files;
}

/** The chaincode as a service, in a process of its own. */
export class ChaincodeProcess implements Node {
  #child: ChildProcess | undefined;

  static async start(options: ChaincodeOptions = {}) {
    const { port, packageId = 'spydra:1', adminMsp = 'Org1MSP', tls, preload, environment } = options;
    const variables = { ADMIN_MSP: adminMsp, CHAINCODE_ID: packageId, ...(tls && tlsVariables(tls)), ...environment };
    const chaincode = new ChaincodeProcess(port ?? ((await freePorts(1))[0] as number), variables, preload);
    await chaincode.start();
    return chaincode;
  }

  private constructor(
    readonly port: number,
    private readonly variables: Readonly<Record<string, string>>,
    private readonly preload: string | undefined,
  ) {}

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    const flags = ['--no-deprecation', ...(this.preload === undefined ? [] : ['--require', this.preload])];
    const child = spawn(process.execPath, [...flags, 'start.cjs'], {
      cwd: deployedChaincode(),
      env: {
        ...bareEnvironment(),
        ...this.variables,
        CHAINCODE_SERVER_ADDRESS: this.address,
        // Refusals are errors in its log.
        CORE_CHAINCODE_LOGGING_LEVEL: 'CRITICAL',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#child = child;
    // Also where this process ends at once.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    await waitUntil(() => child.exitCode !== null || isListening(this.port), { timeout: 60_000 });
    if (child.exitCode !== null) throw new Error(`the chaincode ended with ${child.exitCode}`);
  }

  /** Ends it as a crash does. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
