/** What the bench uses of autocannon, which has no types of its own. */
declare module 'autocannon' {
  export interface Request {
    method: 'POST'
    headers: Record<string, string>
    body: string
    /** Changes each request before it is sent. */
    setupRequest?: (request: Request) => Request
  }
  export interface Options {
    url: string
    connections: number
    /** Seconds. */
    duration: number
    method?: 'GET' | 'POST'
    headers?: Record<string, string>
    body?: string
    /** Sent in turn, in place of the one above. */
    requests?: readonly Request[]
  }
  export interface Result {
    /** Each second's requests. */
    requests: { average: number; total: number }
    /** Milliseconds. */
    latency: { p50: number; p99: number }
    non2xx: number
    errors: number
    timeouts: number
  }
  export default function autocannon(options: Options): Promise<Result>
}
