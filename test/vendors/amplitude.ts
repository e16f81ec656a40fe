import { gzipSync } from 'node:zlib'
import { ZipFile } from 'yazl'
import { startVendor } from './vendor-server.ts'
import type { Heard, Reply, VendorServer } from './vendor-server.ts'

/** As an export has it; more fields as the documentation names them. */
export type FakeAmplitudeEvent = Readonly<Record<string, unknown>> & { readonly uuid: string | null; readonly event_type: string; readonly event_time: string; readonly server_upload_time: string }

export interface FakeAmplitude extends VendorServer {
  events: readonly FakeAmplitudeEvent[]
  /** Events of one export at most; more are answered as 4 GB are. */
  most: number
  cohorts: readonly { readonly id: string; readonly name: string; readonly members: readonly { readonly amplitudeId: number; readonly userId: string }[] }[]
  /** How often jobs say that they are not ready yet. */
  polls: number
  /** Where files of cohorts lie; null for Amplitude itself. */
  elsewhere: string | null
  /** How what is too large is answered. */
  tooLarge: 400 | 504
}

export const AMPLITUDE_KEY = { apiKey: 'amplitude-api-key', secretKey: 'amplitude-secret-key' }

/** @param now the clock of the test: hours that ended less than two hours ago cannot be exported yet. */
export async function startAmplitude(now: () => number): Promise<FakeAmplitude> {
  // https://amplitude.com/docs/apis/analytics/export
  const answer = async (heard: Heard): Promise<Reply> => {
    if (heard.headers['authorization'] !== `Basic ${Buffer.from(`${AMPLITUDE_KEY.apiKey}:${AMPLITUDE_KEY.secretKey}`).toString('base64')}`) return { status: 401, body: 'Unauthorized' }
    if (heard.path.includes('/cohorts')) return cohorts(heard.path)
    if (heard.path !== '/api/2/export') return { status: 404, body: 'Not Found' }
    const [start, end] = [hourOf(heard.query.get('start')), hourOf(heard.query.get('end'))]
    if (start === null || end === null || end < start || end - start > 365 * 24) return { status: 400, body: 'Invalid date range' }
    const ready = Math.floor(now() / 3_600_000) - 3
    const found = fake.events.filter(({ server_upload_time }) => {
      const hour = Math.floor(Date.parse(`${server_upload_time.replace(' ', 'T')}Z`) / 3_600_000)
      return hour >= start && hour <= Math.min(end, ready)
    })
    // "If you request data for a time range during which no data has been collected for the project, then you will receive a 404 response from our server."
    if (found.length === 0) return { status: 404, body: 'Raw data files were not found.' }
    if (found.length > fake.most) return { status: fake.tooLarge, body: fake.tooLarge === 400 ? 'Export size exceeds 4GB' : 'Gateway Timeout' }
    return { headers: { 'content-type': 'application/zip' }, body: await archive(found) }
  }
  // https://amplitude.com/docs/apis/analytics/behavioral-cohorts: list, begin a download, ask for its state (202 until it is done), fetch the file (302 to a storage where it is large).
  const polled = new Map<string, number>()
  const cohorts = (path: string): Reply => {
    if (path === '/api/3/cohorts') return { json: { cohorts: fake.cohorts.map(({ id, name, members }) => ({ lastComputed: 1_742_400_000, owners: [], description: '', published: true, archived: name === 'Archived', name, appId: '1', type: 'redshift', id, size: members.length })) } }
    const [, kind = '', id = '', file] = /^\/api\/5\/cohorts\/(request|request-status)\/([^/]+)(\/file)?$/.exec(path) ?? []
    const cohort = fake.cohorts.find((one) => one.id === id.replace(/^job-/, ''))
    if (!cohort) return { status: 404, json: { error: 'Not Found' } }
    if (kind === 'request-status') {
      const times = (polled.get(id) ?? 0) + 1
      polled.set(id, times)
      return times > fake.polls ? { json: { request_id: id, cohort_id: cohort.id, async_status: 'JOB COMPLETED' } } : { status: 202, json: { request_id: id, cohort_id: cohort.id, async_status: 'JOB INPROGRESS' } }
    }
    if (file === undefined) return { status: 202, json: { request_id: `job-${id}`, cohort_id: id } }
    if (fake.elsewhere !== null) return { status: 302, headers: { location: fake.elsewhere } }
    return { headers: { 'content-type': 'text/csv' }, body: ['"amplitude_id","user_id"', ...cohort.members.map(({ amplitudeId, userId }) => `"${amplitudeId}","${userId}"`), ''].join('\n') }
  }

  const server = await startVendor(answer)
  const fake: FakeAmplitude = Object.assign(server, { events: [], cohorts: [], polls: 2, elsewhere: null, most: Infinity, tooLarge: 400 as const })
  return fake
}

/** A zip of files with gzipped JSON lines, an hour or a part of it each: `<project>/<project>_2025-03-20_7#0.json.gz`. */
async function archive(events: readonly FakeAmplitudeEvent[]): Promise<Buffer> {
  const zip = new ZipFile()
  const hours = Map.groupBy(events, ({ server_upload_time }) => server_upload_time.slice(0, 13))
  for (const [hour, inHour] of hours) {
    for (const [part, half] of [inHour.slice(0, Math.ceil(inHour.length / 2)), inHour.slice(Math.ceil(inHour.length / 2))].entries()) {
      zip.addBuffer(gzipSync(half.map((event) => `${JSON.stringify(event)}\n`).join('')), `187520/187520_${hour.replace(' ', '_')}#${part}.json.gz`)
    }
  }
  zip.end()
  const pieces: Buffer[] = []
  for await (const piece of zip.outputStream) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** `20220201T05` as hours since 1970. */
function hourOf(text: string | null): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})$/.exec(text ?? '')
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]), Number(match[4])) / 3_600_000 : null
}
