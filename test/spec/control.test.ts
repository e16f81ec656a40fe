import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KpiqlError } from '../../src/base/errors.ts'
import { askControl } from '../../src/cli/control/ask-control.ts'
import { controlPath } from '../../src/cli/control/control-path.ts'
import { listenControl } from '../../src/cli/control/listen-control.ts'
import type { Control, ControlCommand } from '../../src/cli/control/listen-control.ts'
import { silentLog } from '../../src/base/log.ts'

let folder: string
const open: Control[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kpiql-control-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((control) => control.close()))
  await rm(folder, { recursive: true, force: true })
})

async function listen(commands: Readonly<Record<string, ControlCommand>>): Promise<Control | null> {
  const control = await listenControl(folder, commands, silentLog)
  if (control !== null) open.push(control)
  return control
}

describe('the socket of a running gateway', () => {
  it('answers a command with its news, in order, and what came of it', async () => {
    await listen({ count: async (body, tell) => {
      for (let n = 1; n <= (body as { to: number }).to; n++) tell({ n })
      return { last: (body as { to: number }).to }
    } })
    const news: unknown[] = []
    expect(await askControl(folder, 'count', { to: 3 }, (one) => news.push(one))).toEqual({ running: true, done: { last: 3 } })
    expect(news).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('is not there where no gateway runs, nor where a killed one left its file', async () => {
    expect(await askControl(folder, 'count', null, () => undefined)).toEqual({ running: false })
    const code = `require('node:net').createServer().listen(${JSON.stringify(controlPath(folder))}, () => process.kill(process.pid, 'SIGKILL'))`
    await new Promise((resolve) => spawn(process.execPath, ['--eval', code]).once('exit', resolve))
    expect((await stat(controlPath(folder))).isSocket()).toBe(true)
    expect(await askControl(folder, 'count', null, () => undefined)).toEqual({ running: false })
    await listen({ ping: async () => 'pong' })
    expect(await askControl(folder, 'ping', null, () => undefined)).toEqual({ running: true, done: 'pong' })
  })

  it('is of one gateway: a second on the same folder leaves it alone', async () => {
    await listen({ who: async () => 'first' })
    expect(await listen({ who: async () => 'second' })).toBeNull()
    expect(await askControl(folder, 'who', null, () => undefined)).toEqual({ running: true, done: 'first' })
  })

  it('can be opened by its own user only', async () => {
    await listen({})
    expect((await stat(controlPath(folder))).mode & 0o777).toBe(0o600)
  })

  it('brings errors with code and hint, and refuses what it does not know', async () => {
    await listen({ fail: () => Promise.reject(new KpiqlError('SYNC_RUNNING', { message: 'It runs.', hint: 'Wait.' })) })
    await expect(askControl(folder, 'fail', null, () => undefined)).rejects.toMatchObject({ code: 'SYNC_RUNNING', message: 'It runs.', hint: 'Wait.' })
    await expect(askControl(folder, 'else', null, () => undefined)).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('tells a command that whoever asked has left, and the asker that the gateway has gone', async () => {
    const left = Promise.withResolvers<void>()
    await listen({ wait: (_body, tell, signal) => {
      tell('begun')
      signal.addEventListener('abort', () => left.resolve())
      return new Promise(() => undefined)
    } })
    const code = `
      const asked = require('node:http').request({ socketPath: ${JSON.stringify(controlPath(folder))}, path: '/wait', method: 'POST' }, (response) => response.once('data', () => process.exit(0)))
      asked.end('null')`
    await new Promise((resolve) => spawn(process.execPath, ['--eval', code]).once('exit', resolve))
    await left.promise
    const begun = Promise.withResolvers<void>()
    const asked = askControl(folder, 'wait', null, () => begun.resolve())
    await begun.promise
    const outcome = Promise.allSettled([asked])
    await Promise.all(open.splice(0).map((control) => control.close()))
    expect(await outcome).toMatchObject([{ status: 'rejected', reason: { code: 'SOURCE_UNAVAILABLE' } }])
  })

  it('has a short address also for a long folder', () => {
    expect(Buffer.byteLength(controlPath(`/${'a'.repeat(200)}`))).toBeLessThanOrEqual(100)
    expect(controlPath(`/${'a'.repeat(200)}`)).not.toBe(controlPath(`/${'a'.repeat(201)}`))
  })

  it('is in a folder of the user alone where it is not in that of the state, and in none that others may write to', async () => {
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = folder
    try {
      const long = join(folder, 'a'.repeat(200))
      expect(await askControl(long, 'ping', null, () => undefined)).toEqual({ running: false })
      const control = await listenControl(long, { ping: async () => 'pong' }, silentLog)
      if (control !== null) open.push(control)
      const own = dirname(controlPath(long))
      expect([dirname(own), (await stat(own)).mode & 0o777]).toEqual([folder, 0o700])
      expect(await askControl(long, 'ping', null, () => undefined)).toEqual({ running: true, done: 'pong' })
      await chmod(own, 0o777)
      await expect(askControl(long, 'ping', null, () => undefined)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
      await expect(listenControl(join(folder, 'b'.repeat(200)), {}, silentLog)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
      await rm(own, { recursive: true })
      const elsewhere = join(folder, 'elsewhere')
      await mkdir(elsewhere, { mode: 0o700 })
      await symlink(elsewhere, own)
      await expect(listenControl(long, {}, silentLog)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
  })
})
