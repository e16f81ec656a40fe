import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that a vendor's server of the tests was sent. */
export interface Heard {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

export interface Reply {
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Written as JSON. */
  readonly json?: unknown
  readonly body?: string | Uint8Array | undefined
}

/** What happens to the next requests that match, before the vendor's own answer: an answer, a body cut in the middle, or a connection that ends. */
export interface Fault {
  readonly when?: ((heard: Heard) => boolean) | undefined
  readonly times: number
  readonly what: Reply | 'truncated' | 'hang up'
}

/** A local server that behaves as a vendor documents; binds to 127.0.0.1 on a free port. */
export interface VendorServer {
  readonly url: string
  readonly port: number
  /** Every request so far, also those that failed. */
  readonly heard: readonly Heard[]
  fail(fault: Fault): void
  close(): Promise<void>
}

export async function startVendor(answer: (heard: Heard) => Reply | Promise<Reply>): Promise<VendorServer> {
  const heard: Heard[] = []
  const faults: { fault: Fault; left: number }[] = []
  const server = createServer((request, response) => {
    void respond(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = await hear(request)
    heard.push(one)
    const planned = faults.find(({ fault, left }) => left > 0 && (fault.when?.(one) ?? true))
    if (planned) planned.left--
    const what = planned?.fault.what
    if (what === 'hang up') return void request.socket.destroy()
    const reply = what === undefined || what === 'truncated' ? await answer(one) : what
    const body = Buffer.from(reply.json === undefined ? (reply.body ?? '') : JSON.stringify(reply.json))
    response.writeHead(reply.status ?? 200, { ...(reply.json === undefined ? {} : { 'content-type': 'application/json' }), ...reply.headers, 'content-length': String(body.length) })
    if (what !== 'truncated') return void response.end(body)
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy())
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heard,
    fail: (fault) => void faults.push({ fault, left: fault.times }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function hear(request: IncomingMessage): Promise<Heard> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const url = new URL(request.url ?? '/', 'http://vendor')
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]))
  return { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks) }
}
