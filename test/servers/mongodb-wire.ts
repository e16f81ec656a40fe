import type { Socket } from 'node:net'
import { BSON } from 'mongodb'
import { readBson } from './mongodb-values.ts'

type Doc = Record<string, unknown>

const OP_MSG = 2013
const OP_QUERY = 2004
const OP_REPLY = 1

/** Takes commands from a socket and sends their answers. https://github.com/mongodb/specifications/blob/master/source/message/OP_MSG.md */
export function serveCommands(socket: Socket, answer: (command: Doc) => Promise<Doc>): void {
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 16 && pending.length >= pending.readInt32LE(0)) {
      const message = pending.subarray(0, pending.readInt32LE(0))
      pending = pending.subarray(message.length)
      void reply(socket, message, answer)
    }
  })
  socket.on('error', () => undefined)
}

async function reply(socket: Socket, message: Buffer, answer: (command: Doc) => Promise<Doc>): Promise<void> {
  const [request, opCode] = [message.readInt32LE(4), message.readInt32LE(12)]
  const command = opCode === OP_MSG ? readMessage(message) : readQuery(message)
  const body = BSON.serialize(await answer(command))
  const before = opCode === OP_QUERY ? Buffer.alloc(20) : Buffer.alloc(5)
  if (opCode === OP_QUERY) before.writeInt32LE(1, 16)
  const header = Buffer.alloc(16)
  header.writeInt32LE(16 + before.length + body.length, 0)
  header.writeInt32LE(request, 8)
  header.writeInt32LE(opCode === OP_QUERY ? OP_REPLY : OP_MSG, 12)
  if (!socket.destroyed) socket.write(Buffer.concat([header, before, body]))
}

/** A body, and sequences of documents that stand for fields of it. */
function readMessage(message: Buffer): Doc {
  let at = 20
  let command: Doc = {}
  while (at < message.length) {
    const kind = message.readUInt8(at)
    const size = message.readInt32LE(at + 1)
    const section = message.subarray(at + 1, at + 1 + size)
    at += 1 + size
    if (kind === 0) {
      command = { ...readBson(section), ...command }
      continue
    }
    const end = section.indexOf(0, 4)
    const documents: Doc[] = []
    for (let from = end + 1; from < section.length; from += section.readInt32LE(from)) documents.push(readBson(section.subarray(from, from + section.readInt32LE(from))))
    command[section.toString('utf8', 4, end)] = documents
  }
  return command
}

/** The old form, in which drivers say hello. */
function readQuery(message: Buffer): Doc {
  const name = message.indexOf(0, 20)
  return readBson(message.subarray(name + 9))
}
