import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** The path of a text that is in no file. */
const DRAFT = `${root}test/draft.ts`;
/** Marks the cursor in it. */
const CURSOR = '¦';

/** A line that does not compile, and why not. */
interface Fault {
  readonly line: string;
  readonly message: string;
}

/** What an editor with TypeScript shows for the project's files, unchanged or with edits. */
export class Editor {
  readonly #changed = new Map<string, string>();
  readonly #service: ts.LanguageService;
  #version = 0;

  constructor() {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const read = (file: string) => this.#changed.get(file) ?? ts.sys.readFile(file);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      getScriptFileNames: () => [DRAFT],
      getScriptVersion: (file) => (this.#changed.has(file) ? String(this.#version) : 'as it is'),
      getScriptSnapshot: (file) => {
        const text = read(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      fileExists: (file) => this.#changed.has(file) || ts.sys.fileExists(file),
      readFile: read,
    });
  }

  /** The suggestions at the cursor `¦` of a text. */
  suggestions(text: string): string[] {
    this.#change(DRAFT, text.replace(CURSOR, ''));
    const found = this.#service.getCompletionsAtPosition(DRAFT, text.indexOf(CURSOR), {});
    return (found?.entries ?? []).map(({ name }) => name);
  }

  /** The compile errors of a text. */
  faults(text: string): Fault[] {
    this.#change(DRAFT, text);
    return this.#faultsIn(DRAFT);
  }

  /** The compile errors of files of the project after a change. */
  faultsOf(files: readonly string[], change: (text: string, file: string) => string = (text) => text): Fault[] {
    const paths = files.map((file) => root + file);
    this.#change(DRAFT, files.map((file) => `import '../${file.replace(/ts$/, 'js')}';`).join('\n'));
    for (const path of paths) this.#change(path, change(ts.sys.readFile(path) ?? '', path));
    const faults = paths.flatMap((path) => this.#faultsIn(path));
    for (const path of paths) this.#changed.delete(path);
    return faults;
  }

  close(): void {
    this.#service.dispose();
  }

  #change(file: string, text: string): void {
    this.#changed.set(file, text);
    this.#version++;
  }

  #faultsIn(file: string): Fault[] {
    const found = [...this.#service.getSyntacticDiagnostics(file), ...this.#service.getSemanticDiagnostics(file)];
    const lines = this.#changed.get(file)?.split('\n') ?? [];
    return found.map(({ start = 0, file: source, messageText }) => ({
      line: lines[source?.getLineAndCharacterOfPosition(start).line ?? 0]?.trim() ?? '',
      message: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
  }
}
