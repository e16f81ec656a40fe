import { createHmac } from 'node:crypto'

/** `v1=` and the hexadecimal HMAC-SHA256 of `<timestamp>.<body>`. @param timestamp UTC seconds since 1970, as text. */
export function sign(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}
