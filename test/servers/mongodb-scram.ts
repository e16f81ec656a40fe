import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { CommandError } from './mongodb-expressions.ts'

const ITERATIONS = 4096
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) for one user. */
export class Scram {
  readonly #salt = randomBytes(16)
  readonly #password: string
  readonly #user: string
  #messages: readonly string[] = []

  constructor(user: string, password: string) {
    this.#user = user
    this.#password = password
  }

  start(payload: string): string {
    const bare = payload.replace(/^n,,/, '')
    const nonce = /(?:^|,)r=([^,]+)/.exec(bare)?.[1] ?? ''
    const user = (/(?:^|,)n=([^,]*)/.exec(bare)?.[1] ?? '').replaceAll('=2C', ',').replaceAll('=3D', '=')
    const first = `r=${nonce}${randomBytes(18).toString('base64')},s=${this.#salt.toString('base64')},i=${ITERATIONS}`
    // A user who is not there is refused as one with a wrong password is: at the end.
    this.#messages = [bare, first, user === this.#user ? 'known' : 'unknown']
    return first
  }

  finish(payload: string): string {
    const [bare = '', first = '', known] = this.#messages
    const proof = Buffer.from(/,p=(.+)$/.exec(payload)?.[1] ?? '', 'base64')
    const salted = pbkdf2Sync(this.#password, this.#salt, ITERATIONS, 32, 'sha256')
    const message = [bare, first, payload.replace(/,p=.+$/, '')].join(',')
    const clientKey = hmac(salted, 'Client Key')
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
    const expected = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)))
    if (known !== 'known' || proof.length !== expected.length || !timingSafeEqual(proof, expected)) throw new CommandError(18, 'AuthenticationFailed', 'Authentication failed.')
    return `v=${hmac(hmac(salted, 'Server Key'), message).toString('base64')}`
  }
}
