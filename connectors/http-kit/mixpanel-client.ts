import { KpiqlError } from '../../src/base/errors.ts'

/** The calls of Mixpanel's own client that take no server's answer. */
export type MixpanelClient = Pick<ReturnType<(typeof import('mixpanel'))['init']>, 'people' | 'track_batch'>

interface ClientRequest {
  readonly data: object | readonly object[]
}

/**
 * What Mixpanel's own client makes of calls, in their order, to be sent as JSON through ours. The client knows the words of the API
 * and checks them; how it would send them loses some (docs/decisions/0021-clients-word-we-carry.md).
 *
 * @param count of what comes of `ask`: an update a call of `people`, an event each of `track_batch`.
 * @throws KpiqlError `INTERNAL` where the client drops any.
 */
export async function wordedByMixpanel(token: string, count: number, ask: (client: MixpanelClient) => void): Promise<readonly object[]> {
  const { default: mixpanel } = await import('mixpanel')
  const worded: object[] = []
  const send_request = ({ data }: ClientRequest): void => void worded.push(...(Array.isArray(data) ? (data as readonly object[]) : [data]))
  // The host is where a client would send to that does not go through what is put in its place here.
  ask(Object.assign(withoutProxies(() => mixpanel.init(token, { host: 'unused.invalid' })), { send_request }))
  if (worded.length !== count) throw new KpiqlError('INTERNAL', { message: `Mixpanel’s client worded ${worded.length} of ${count} updates.`, hint: 'Install the version of the package `mixpanel` that this gateway names.' })
  return worded
}

/** 0.24 calls the module of its proxy agent as if it were the class, and fails wherever these are set. */
function withoutProxies<T>(make: () => T): T {
  const { HTTPS_PROXY, HTTP_PROXY } = process.env
  delete process.env['HTTPS_PROXY']
  delete process.env['HTTP_PROXY']
  try {
    return make()
  } finally {
    if (HTTPS_PROXY !== undefined) process.env['HTTPS_PROXY'] = HTTPS_PROXY
    if (HTTP_PROXY !== undefined) process.env['HTTP_PROXY'] = HTTP_PROXY
  }
}
