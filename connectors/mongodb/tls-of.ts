import { defaultTls, type TlsMode } from '../sql-kit/tls.ts'

interface Told {
  readonly url?: string | undefined
  readonly host?: string | undefined
  readonly tls?: TlsMode | undefined
}

/** Whether and how connections are encrypted: by the option, else by the url's `tls=` or `mongodb+srv:`, whose certificates are checked, else by where the servers are. */
export function tlsOf({ url, host = '', tls }: Told): TlsMode {
  if (tls !== undefined) return tls
  if (url === undefined) return defaultTls(host)
  const said = tlsInUrl(url)
  if (said !== null) return said ? 'verify-full' : 'disable'
  if (url.startsWith('mongodb+srv:')) return 'verify-full'
  return hostsOf(url).every((one) => defaultTls(one) === 'disable') ? 'disable' : 'require'
}

/** What a url says by `tls=` or `ssl=`; null where it is silent. */
export function tlsInUrl(url: string): boolean | null {
  const [, value] = tlsParameters(url).find(([name]) => name === 'tls' || name === 'ssl') ?? []
  return value === undefined ? null : value === 'true'
}

/** Whether a url says no more of TLS than `tls=true` or `tls=false`: all else would be heard by the driver alone. */
export function saysTlsPlainly(url: string): boolean {
  const said = tlsParameters(url)
  return said.length <= 1 && said.every(([name, value]) => (name === 'tls' || name === 'ssl') && (value === 'true' || value === 'false'))
}

function tlsParameters(url: string): readonly (readonly [string, string])[] {
  const [, query = ''] = /\?(.*)$/s.exec(url) ?? []
  return [...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value] as const).filter(([name]) => /^(tls|ssl)/.test(name))
}

/** There may be several, so that it is no URL to Node; a socket is a path with its slashes escaped. */
function hostsOf(url: string): readonly string[] {
  const [, hosts = ''] = /^[^:]+:\/\/(?:[^@/]*@)?([^/?]*)/.exec(url) ?? []
  return hosts.split(',').map((one) => one.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1').replaceAll(/%2f/gi, '/'))
}
