import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { KpiqlError } from '../../src/base/errors.ts'

const TLS_MODES = ['disable', 'require', 'verify-full'] as const
/** `require` encrypts but believes any certificate; `verify-full` checks the certificate and its name. */
export type TlsMode = (typeof TLS_MODES)[number]

/** Options of every database that has a host. */
export interface TlsOptions {
  /** Absent: `disable` for a server on this machine, `require` for any other. */
  readonly tls?: TlsMode | undefined
  /** Path of a file with the certificates, in PEM, of the authorities that `verify-full` believes; absent: those of Node. */
  readonly caFile?: string | undefined
}

export const tlsOptions = {
  tls: z.enum(TLS_MODES).optional(),
  caFile: z.string().min(1).optional(),
}

/** For options in which a file would be passed over. */
export const CA_FILE_UNUSED = '`caFile` is for `tls: verify-full`: nothing else checks certificates'

const THIS_MACHINE = /^(localhost|127(\.\d+){3}|::1|\/.*)$/i

/** What holds where nothing is said. @param host a name, an address without brackets, or the path of a socket. */
export function defaultTls(host: string): TlsMode {
  return THIS_MACHINE.test(host) ? 'disable' : 'require'
}

export interface TlsFiles {
  readonly caFile?: string | undefined
  /** Certificate and key of the client. */
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

/** In the words of Node, which drivers pass on. The texts are PEM. */
export interface TlsSettings extends TlsTexts {
  readonly rejectUnauthorized: boolean
}

interface TlsTexts {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** `false` where nothing is encrypted. Reads the files anew, so that renewed ones count. @throws KpiqlError as `readTlsFiles` does. */
export async function tlsSettings(mode: TlsMode, files: TlsFiles, source: string): Promise<TlsSettings | false> {
  return mode === 'disable' ? false : { rejectUnauthorized: mode === 'verify-full', ...(await readTlsFiles(files, source)) }
}

/** @throws KpiqlError `SOURCE_FAILED` naming the option whose file cannot be read, or is no PEM: Node would pass that over. */
export async function readTlsFiles({ caFile, certFile, keyFile }: TlsFiles, source: string): Promise<TlsTexts> {
  const [ca, cert, key] = await Promise.all([readPem('caFile', caFile, /-----BEGIN CERTIFICATE-----/, source), readPem('certFile', certFile, /-----BEGIN CERTIFICATE-----/, source), readPem('keyFile', keyFile, /-----BEGIN [A-Z ]*PRIVATE KEY-----/, source)])
  return { ...(ca === null ? {} : { ca }), ...(cert === null ? {} : { cert }), ...(key === null ? {} : { key }) }
}

async function readPem(option: keyof TlsFiles, path: string | undefined, begins: RegExp, source: string): Promise<string | null> {
  if (path === undefined) return null
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new KpiqlError('SOURCE_FAILED', { message: `The \`${option}\` of source "${source}" cannot be read.`, hint: `Check \`${option}\` of the source, and who may read the file.`, cause })
  }
  if (begins.test(text)) return text
  throw new KpiqlError('SOURCE_FAILED', { message: `The \`${option}\` of source "${source}" holds no ${option === 'keyFile' ? 'private key' : 'certificate'} in PEM.`, hint: `Name a file in PEM as \`${option}\` of the source.` })
}
