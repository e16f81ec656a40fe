import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { ColumnKind, Value } from '../../connectors/contract.ts'
import type { OpenLanding } from '../../connectors/landing-contract.ts'
import { addDecimals, decimalToText } from '../../src/base/decimal-number.ts'
import { amountOf, LINES, ORDERS, pageOf, type ChildTask } from './landing-child.ts'

/** Lands pages in a program that is killed again and again, at moments that differ, until one comes to the end. @returns how often it was killed while it landed. */
export async function landThroughKills(task: ChildTask, kills: number): Promise<number> {
  let killed = 0
  for (;;) {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./landing-child.ts', import.meta.url)), JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    const begun = new Promise<void>((resolve) => {
      child.stdout.on('data', (data: Buffer) => {
        told += data.toString()
        if (told.includes('begins')) resolve()
      })
      child.once('exit', () => resolve())
    })
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    await begun
    const clock = killed < kills ? setTimeout(() => child.kill('SIGKILL'), 40 + 37 * killed) : undefined
    await over
    clearTimeout(clock)
    if (told.includes('done')) return killed
    if (killed >= kills) throw new Error('The program that lands pages failed by itself.')
    killed += 1
  }
}

/** The tables hold what a plain map holds after all pages. */
export async function expectAllPages({ source }: OpenLanding, pages: number): Promise<void> {
  const orders = new Map<number, number>()
  const lines = new Map<string, number>()
  for (let page = 0; page < pages; page++) {
    const { put, gone, lines: restated } = pageOf(page)
    for (const id of put) orders.set(id, page)
    for (const id of gone) orders.delete(id)
    for (const [order, count] of restated) {
      for (let line = 0; line < 4; line++) lines.delete(`${order} ${line}`)
      for (let line = 0; line < count; line++) lines.set(`${order} ${line}`, page)
    }
  }
  const read = async (text: string, columns: readonly ColumnKind[]): Promise<readonly string[]> => {
    const result = await source.query({ text, params: [], columns })
    return Array.from({ length: result.rowCount }, (_, row) => result.columns.map((cells) => shown(cells[row] ?? null)).join(' ')).toSorted()
  }
  expect(await read(`SELECT id, page, amount FROM ${ORDERS.name}`, ['integer', 'integer', 'decimal'])).toEqual([...orders].map(([id, page]) => `${id} ${page} ${amountOf(id, page)}`).toSorted())
  expect(await read(`SELECT order_id, line, page FROM ${LINES.name}`, ['integer', 'integer', 'integer'])).toEqual([...lines].map(([key, page]) => `${key} ${page}`).toSorted())
}

function shown(value: Value): string {
  return typeof value === 'object' && value !== null ? decimalToText(addDecimals(value, { units: 0n, scale: 2 })) : String(value)
}
