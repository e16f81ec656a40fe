import { KpiqlError, type ErrorDetails } from '../../src/base/errors.ts'
import { withNativeCode } from '../sql-kit/native-code.ts'

export interface ErrorPlace {
  readonly source: string
  /** True where the caller's signal asked for the stop. */
  readonly cancelled?: boolean
}

type Translation = (found: RegExpExecArray, source: string) => [ConstructorParameters<typeof KpiqlError>[0], Omit<ErrorDetails, 'cause'>]

/** First match wins. DuckDB names the class of an error before the first colon; what follows may hold SQL, paths or values. */
const TRANSLATIONS: readonly (readonly [RegExp, Translation])[] = [
  [/^INTERRUPT|Interrupted!/, (_, source) => ['CANCELLED', { message: `The query to source "${source}" was cancelled.` }]],
  [
    /Could not set lock on file|Conflicting lock/i,
    (_, source) => [
      'SOURCE_BUSY',
      { message: `Another kpiql process uses the same data folder as source "${source}".`, hint: 'Stop the other process, or give this one a state folder of its own.' },
    ],
  ],
  [
    /^Out of Memory|failed to (allocate|pin)|bad_alloc/i,
    (_, source) => ['SOURCE_FAILED', { message: `Source "${source}" needs more memory than it may use.`, hint: 'Ask for fewer groups or a shorter period, or raise `memoryLimit` of the source.' }],
  ],
  [
    /No space left on device|ENOSPC|max_temp_directory_size/i,
    (_, source) => ['SOURCE_FAILED', { message: `The disk that source "${source}" works on is full.`, hint: 'Free some space where the state folder is.' }],
  ],
  [
    /Table with name "?([\w $.-]{1,100}?)"? does not exist/,
    ([, table = ''], source) => ['TABLE_MISSING', { message: `Source "${source}" has no table "${table}".`, hint: 'Check `table` in the model against the tables that `kpiql check` lists.' }],
  ],
  [
    /Referenced column "([\w $.-]{1,100})" (?:was )?not found|does not have a column named "([\w $.-]{1,100})"/,
    ([, column, other], source) => [
      'SOURCE_FAILED',
      { message: `No table of the statement has a column "${column ?? other}" in source "${source}".`, hint: 'Check `expr` in the model against the columns of the table.' },
    ],
  ],
  [
    /checksum|corrupt|not a valid DuckDB database file/i,
    (_, source) => ['SOURCE_FAILED', { message: `The database of source "${source}" is damaged.`, hint: 'If it is a copy of a data folder, restart: it is rebuilt from the files. Otherwise restore it from a backup.' }],
  ],
  [/database has been invalidated|^FATAL/, (_, source) => ['SOURCE_UNAVAILABLE', { message: `The engine of source "${source}" stopped after a fault.`, hint: 'Restart kpiql.' }]],
  [
    /^(Conversion|Out of Range|Invalid Input|Mismatch Type)/,
    (_, source) => ['SOURCE_FAILED', { message: `A value in source "${source}" does not fit the type the statement asks for.`, hint: 'Check the types in `expr` and `read` of the model.' }],
  ],
  [
    /^(Binder|Parser|Catalog|Not implemented|Syntax)/i,
    (_, source) => ['SOURCE_FAILED', { message: `The engine of source "${source}" refused the statement.`, hint: 'Check the `expr` and `where` of the metrics asked; the engine calls it a {code}.' }],
  ],
  [
    /^(IO|Permission|HTTP)|EACCES|EPERM|ENOENT|EROFS|EMFILE|EIO/i,
    (_, source) => ['SOURCE_UNAVAILABLE', { message: `The files of source "${source}" cannot be read.`, hint: 'Check that they are there and their permissions.' }],
  ],
]

/** The one place where DuckDB's errors become ours. Messages hold no SQL, path or process id; `cause` keeps the original, of which the log has the kind, the code and where it was thrown. */
export function translateError(error: unknown, { source, cancelled }: ErrorPlace): KpiqlError {
  if (error instanceof KpiqlError) return error
  if (cancelled === true) return new KpiqlError('CANCELLED', { message: `The query to source "${source}" was cancelled.`, cause: error })
  const text = error instanceof Error ? error.message : String(error)
  for (const [pattern, translate] of TRANSLATIONS) {
    const found = pattern.exec(text)
    if (!found) continue
    const [code, details] = translate(found, source)
    return new KpiqlError(code, withNativeCode({ ...details, cause: error }, classOf(text)))
  }
  return new KpiqlError('SOURCE_FAILED', withNativeCode({ message: `Source "${source}" failed.`, hint: 'Please report it; the engine\'s name for the fault is {code}.', cause: error }, classOf(text)))
}

/** DuckDB's class of an error, such as `Binder Error`, from its words; null where they name none. */
export function classOf(text: string): string | null {
  return /^[A-Z][A-Za-z ]{1,30} Error(?=:)/.exec(text)?.[0] ?? null
}

/** True for a database file that cannot be used as it is, rather than one that is locked, forbidden or without space. */
export function isDamage(error: unknown): boolean {
  const code = translateError(error, { source: '' }).code
  const text = error instanceof Error ? error.message : String(error)
  return code !== 'SOURCE_BUSY' && code !== 'CANCELLED' && !/permission denied|no space left|read-only file system|out of memory|too many open files|E(ACCES|PERM|NOSPC|ROFS|MFILE)/i.test(text)
}

export function isBlockDamage(error: unknown): boolean {
  return /checksum|corrupt/i.test(error instanceof Error ? error.message : String(error))
}
