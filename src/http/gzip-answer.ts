import { constants, crc32, deflateRaw, gzip } from 'node:zlib'
import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'

const gzipAsync = promisify(gzip)
const deflateAsync = promisify(deflateRaw)

/** Smaller answers fit a packet or two as they are. */
export const WORTH_BYTES = 1_400
/** Within a tenth of the size that higher levels reach, in half their time. */
const LEVEL = 5
/** Magic, deflate, no flags, no time, no hint, system unknown. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const LONGEST_STORED = 65_535

/** Whether a client takes gzip, by its header `accept-encoding`. */
export function takesGzip(acceptEncoding: string | readonly string[] | undefined): boolean {
  if (acceptEncoding === undefined || acceptEncoding.length === 0) return false
  const parts = String(acceptEncoding).toLowerCase().split(',').map((part) => part.trim().split(/ *; */))
  const asked = parts.find(([name]) => name === 'gzip') ?? parts.find(([name]) => name === '*')
  return asked !== undefined && !asked.some((word) => /^q=0(\.0*)?$/.test(word))
}

/** Compresses JSON answers worth it for clients that take that; off the event loop. */
export function zipLongAnswers(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const isText = typeof payload === 'string' || Buffer.isBuffer(payload)
    const type = String(reply.getHeader('content-type') ?? '')
    if (!isText || payload.length < WORTH_BYTES || reply.hasHeader('content-encoding') || !/^application\/[\w.+-]*json/.test(type) || !takesGzip(request.headers['accept-encoding'])) return done()
    gzipAsync(payload, { level: LEVEL }).then(
      (zipped) => {
        void reply.header('content-encoding', 'gzip').removeHeader('content-length')
        done(null, zipped)
      },
      (error: unknown) => done(error instanceof Error ? error : new Error('An answer was not compressed.')),
    )
  })
}

/** The beginning of a stream that can be ended in many ways. */
export interface ZippedStart {
  readonly deflated: Buffer
  readonly crc: number
  readonly bytes: number
}

/** Off the event loop. */
export async function zipStart(start: Buffer): Promise<ZippedStart> {
  return { deflated: await deflateAsync(start, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH }), crc: crc32(start), bytes: start.length }
}

/** One gzip stream of the start and an end, which is short and stored as it is (RFC 1951, 3.2.4; RFC 1952). */
export function zipEnd({ deflated, crc, bytes }: ZippedStart, end: Buffer): Buffer {
  if (end.length > LONGEST_STORED) throw new RangeError('The end of an answer is too long to be stored.')
  const stored = Buffer.alloc(5)
  stored.writeUInt8(1, 0)
  stored.writeUInt16LE(end.length, 1)
  stored.writeUInt16LE(~end.length & 0xffff, 3)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(end, crc), 0)
  trailer.writeUInt32LE((bytes + end.length) >>> 0, 4)
  return Buffer.concat([HEADER, deflated, stored, end, trailer])
}
