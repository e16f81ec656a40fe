import { readFile } from 'node:fs/promises'
import { cpus, release, totalmem } from 'node:os'
import { version as duckdbVersion } from '@duckdb/node-api'
import type { Table } from './report.ts'

/** What figures depend on besides the program. */
export async function describeMachine(): Promise<Table> {
  const processors = cpus()
  return {
    columns: ['Machine', ''],
    rows: [
      ['Processor', processors[0]?.model.trim() ?? 'unknown'],
      ['Cores', String(processors.length)],
      ['Memory', `${(totalmem() / 1e9).toFixed(1)} GB`],
      ['System', `${await systemName()}, ${process.platform} ${release()}, ${process.arch}`],
      ['Node', process.version],
      ['DuckDB', duckdbVersion()],
      ['Date', new Date().toISOString().slice(0, 10)],
    ],
  }
}

async function systemName(): Promise<string> {
  if (process.platform !== 'linux') return process.platform
  const text = await readFile('/etc/os-release', 'utf8')
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? 'Linux'
}

/** A process's memory in bytes: the largest it ever had in RAM, and what it has now. @throws where there is no `/proc`, or no such process. */
export async function memoryOf(pid: number): Promise<{ readonly peakBytes: number; readonly residentBytes: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
    if (kibibytes === undefined) throw new RangeError(`The process ${pid} has no ${name}.`)
    return Number(kibibytes) * 1024
  }
  return { peakBytes: field('VmHWM'), residentBytes: field('VmRSS') }
}

/** Milliseconds of processor time that a process has used, in steps of 10; null where there is no `/proc`. */
export async function processorMsOf(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // Fields 14 and 15, counted behind the name, which may hold blanks. Linux tells them in hundredths of a second whatever its own clock.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
