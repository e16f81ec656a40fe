import { KpiqlError } from '../../src/base/errors.ts'

/** A failure that may pass. */
export class Passing extends Error {
  readonly failure: KpiqlError
  /** What the tool asked to wait; it holds all requests. */
  readonly waitMs: number | null
  /** `rate`: too many requests, so that all of them wait. `credentials`: tried once more with new ones. `host`: tried once more. */
  readonly kind: 'rate' | 'credentials' | 'host' | 'other'

  constructor(failure: KpiqlError, kind: Passing['kind'] = 'other', waitMs: number | null = null) {
    super(failure.message)
    this.failure = failure
    this.kind = kind
    this.waitMs = waitMs
  }
}

const NO_HOST = new Set(['ENOTFOUND', 'EAI_NONAME', 'EAI_NODATA', 'EAI_FAIL'])
const TLS = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS_|HOSTNAME_MISMATCH)/
const NO_TLS = /^(ERR_SSL_|EPROTO$)/

/** What `fetch`, or the reading of its body, threw: without hosts, headers or anything else that a message of it may quote. */
export function failureOf(tool: string, error: unknown, timedOutAfterMs: number | null): KpiqlError | Passing {
  const code = codeOf(error)
  // Only the code: texts of network errors name hosts, those of refused headers quote them.
  const cause = new Error(code ?? (error instanceof Error ? error.name : 'unknown'))
  if (timedOutAfterMs !== null) return new Passing(new KpiqlError('SOURCE_TIMEOUT', { message: `${tool} did not answer within ${timedOutAfterMs / 1000} s.`, hint: 'Check the network and the address of the source.', cause }))
  if (code !== null && NO_HOST.has(code)) return new Passing(new KpiqlError('SOURCE_UNAVAILABLE', { message: `There is no such host: the address of ${tool} cannot be resolved.`, hint: 'Check the address (base URL, region) of the source in the configuration.', data: { reason: 'no such host' }, cause }), 'host')
  if (code !== null && TLS.test(code)) return new KpiqlError('SOURCE_FAILED', { message: `${tool} showed a certificate that cannot be trusted (${code}).`, hint: 'Check the address of the source; an authority of your own is named by NODE_EXTRA_CA_CERTS.', data: { reason: 'certificate' }, cause })
  if (code !== null && NO_TLS.test(code)) return new KpiqlError('SOURCE_FAILED', { message: `${tool} does not speak TLS as it was asked to (${code}).`, hint: 'Check whether the address of the source begins with https:// or http://, and its port.', data: { reason: 'tls' }, cause })
  if (isUnsendable(error)) return new KpiqlError('SOURCE_FAILED', { message: `A request to ${tool} cannot be sent as it is configured.`, hint: 'Look for line breaks, quotes or other signs around keys and tokens of the source, and at its address.', data: { reason: 'unsendable' }, cause })
  if (isOurs(error)) return new KpiqlError('INTERNAL', { message: `Reading ${tool} failed within the gateway.`, cause: error })
  if (code === 'ECONNREFUSED') return new Passing(new KpiqlError('SOURCE_UNAVAILABLE', { message: `${tool} refuses connections.`, hint: 'Check the address and port of the source, and that nothing between blocks them.', data: { reason: 'refused' }, cause }))
  return new Passing(new KpiqlError('SOURCE_UNAVAILABLE', { message: `${tool} cannot be reached, or its answer broke off.`, hint: 'Check the network and the address of the source.', cause }))
}

/** A header or an address that `fetch` does not take. Its messages quote them, so they are told by the beginning alone. */
function isUnsendable(error: unknown): boolean {
  return error instanceof TypeError && (codeOf(error) === 'ERR_INVALID_URL' || /^(Headers\.|Request cannot|Failed to parse URL)|invalid header|Cannot convert argument to a ByteString/i.test(error.message))
}

/** An error of our own code: any TypeError that `fetch` and its streams do not throw, and what was never an error. */
function isOurs(error: unknown): boolean {
  if (!(error instanceof Error)) return true
  return (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError) && error.message !== 'fetch failed' && error.message !== 'terminated' && codeOf(error) === null
}

function codeOf(error: unknown): string | null {
  let code: string | null = null
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at instanceof AggregateError ? at.errors[0] : at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') ({ code } = at as { code: string })
    if (at instanceof AggregateError && at.errors.length === 0) break
  }
  return code
}
