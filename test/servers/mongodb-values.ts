import { BSON } from 'mongodb'
import { Dec } from './mongodb-numbers.ts'
import { Beyond, Id } from './mongodb-order.ts'

type Doc = Record<string, unknown>

/**
 * From BSON, read with `promoteValues: false`, to the values that pipelines here work with. Of a pipeline, the plain numbers that say how
 * many and which are JavaScript's; of documents, every integer is a bigint.
 */
export function fromBson(value: unknown, isPipeline: boolean): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  if (Array.isArray(value)) return value.map((part) => fromBson(part, isPipeline))
  switch ((value as { _bsontype?: string })._bsontype) {
    case 'Int32':
      return isPipeline ? Number(value) : BigInt(Number(value))
    case 'Long':
      return (value as InstanceType<typeof BSON.Long>).toBigInt()
    case 'Double':
      return Number(value)
    case 'Decimal128':
      return Dec.from(String(value))
    case 'ObjectId':
      return new Id(String(value))
    case 'MaxKey':
      return new Beyond()
    default:
      return Object.fromEntries(Object.entries(value as Doc).map(([key, part]) => [key, fromBson(part, isPipeline)]))
  }
}

export function toBson(value: unknown): unknown {
  if (typeof value === 'bigint') return BSON.Long.fromBigInt(value)
  if (typeof value === 'number') return new BSON.Double(value)
  if (value instanceof Dec) return BSON.Decimal128.fromString(value.toString())
  if (value instanceof Id) return new BSON.ObjectId(value.hex)
  if (Array.isArray(value)) return value.map(toBson)
  if (value === null || typeof value !== 'object' || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value as Doc).map(([key, part]) => [key, toBson(part)]))
}

export const readBson = (bytes: Uint8Array): Doc => BSON.deserialize(bytes, { promoteValues: false, promoteLongs: false, promoteBuffers: false })
