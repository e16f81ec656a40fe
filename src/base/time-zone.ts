import { Temporal } from 'temporal-polyfill'
import { KpiqlError } from './errors.ts'
import { nearest } from './nearest.ts'

/** A span of time, `[startUtcMs, endUtcMs)`, in which a zone keeps one offset: local = UTC + `offsetMs`. */
export interface ZoneSegment {
  readonly startUtcMs: number
  readonly endUtcMs: number
  readonly offsetMs: number
}

// Intl lists one name a zone, often the older one; these are the other names of the IANA database, and all are understood.
const OTHER_NAMES = `
Africa/Asmara Africa/Timbuktu America/Argentina/Buenos_Aires America/Argentina/Catamarca America/Argentina/ComodRivadavia
America/Argentina/Cordoba America/Argentina/Jujuy America/Argentina/Mendoza America/Atikokan America/Atka America/Ensenada
America/Fort_Wayne America/Indiana/Indianapolis America/Kentucky/Louisville America/Knox_IN America/Montreal America/Nipigon
America/Nuuk America/Pangnirtung America/Porto_Acre America/Rainy_River America/Rosario America/Santa_Isabel America/Shiprock
America/Thunder_Bay America/Virgin America/Yellowknife Antarctica/South_Pole Asia/Ashkhabad Asia/Choibalsan Asia/Chongqing
Asia/Chungking Asia/Dacca Asia/Harbin Asia/Ho_Chi_Minh Asia/Istanbul Asia/Kashgar Asia/Kathmandu Asia/Kolkata Asia/Macao
Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator Asia/Yangon Atlantic/Faroe Atlantic/Jan_Mayen Australia/ACT
Australia/Canberra Australia/Currie Australia/LHI Australia/NSW Australia/North Australia/Queensland Australia/South
Australia/Tasmania Australia/Victoria Australia/West Australia/Yancowinna Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West
CET CST6CDT Canada/Atlantic Canada/Central Canada/Eastern Canada/Mountain Canada/Newfoundland Canada/Pacific
Canada/Saskatchewan Canada/Yukon Chile/Continental Chile/EasterIsland Cuba EET EST EST5EDT Egypt Eire Etc/GMT Etc/GMT+0
Etc/GMT-0 Etc/GMT-13 Etc/GMT-14 Etc/GMT0 Etc/Greenwich Etc/UCT Etc/UTC Etc/Universal Etc/Zulu Europe/Belfast Europe/Kyiv
Europe/Nicosia Europe/Tiraspol Europe/Uzhgorod Europe/Zaporozhye GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong
Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT Mexico/BajaNorte Mexico/BajaSur Mexico/General NZ NZ-CHAT
Navajo PRC PST8PDT Pacific/Chuuk Pacific/Johnston Pacific/Kanton Pacific/Pohnpei Pacific/Samoa Pacific/Yap Poland Portugal
ROC ROK Singapore Turkey UCT US/Alaska US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii
US/Indiana-Starke US/Michigan US/Mountain US/Pacific US/Samoa UTC Universal W-SU WET Zulu`

let namesByLowerCase: ReadonlyMap<string, string> | null = null

function knownNames(): ReadonlyMap<string, string> {
  if (!namesByLowerCase) {
    const fixedOffsets = Array.from({ length: 12 }, (_, index) => [`Etc/GMT+${index + 1}`, `Etc/GMT-${index + 1}`]).flat()
    const names = [...Intl.supportedValuesOf('timeZone'), ...OTHER_NAMES.trim().split(/\s+/), ...fixedOffsets]
    namesByLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]))
  }
  return namesByLowerCase
}

/**
 * The IANA spelling of a zone's name: `europe/berlin` is `Europe/Berlin`. Links keep their own name (`Asia/Calcutta`, `UTC`, `EST`).
 *
 * @throws KpiqlError `INVALID_TIME_ZONE` for anything else (`+02:00`, `PST`, `EST5`), with the nearest names as the hint where there are any.
 */
export function resolveTimeZone(name: string): string {
  const known = knownNames().get(name.toLowerCase())
  if (known) return known
  throw new KpiqlError('INVALID_TIME_ZONE', { message: `"${name.slice(0, 40)}" is not an IANA time zone.`, hint: zoneHint(name) })
}

function zoneHint(name: string): string {
  const closest = nearestNames(name)
  if (closest.length > 0) return `Closest: ${closest.join(', ')}.`
  return 'Name a place, such as "Europe/Berlin", or "UTC": an offset or abbreviation does not say when clocks change.'
}

function nearestNames(asked: string): readonly string[] {
  const wanted = asked.slice(0, 40).trim().replaceAll(' ', '_')
  // Not EST for PST: an abbreviation is never what another one means.
  const names = [...knownNames().values()].filter((name) => name.includes('/'))
  const byPlace = new Map(names.map((name) => [placeOf(name), name]))
  const places = nearest(placeOf(wanted), byPlace.keys(), 3).map((place) => byPlace.get(place) ?? place)
  return [...new Set([...nearest(wanted, names, 3), ...places])].slice(0, 3)
}

function placeOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

// Rules are read in blocks of four mean Gregorian years. A hundred blocks are 400 years, which are whole weeks: calendar and
// weekdays repeat, so that any year past 2500 keeps the rules of its like in 2100…2500.
const BLOCK_MS = 126_227_808_000
const BLOCKS_PER_CYCLE = 100
const FIRST_RECURRING_BLOCK = Math.ceil(Date.UTC(2500, 0, 1) / BLOCK_MS)
// The oldest change in the IANA database is of 1835.
const FIRST_CHANGING_UTC_MS = Date.UTC(1800, 0, 1)
// About a kilobyte each.
const MAX_CACHED_BLOCKS = 8_192
// No zone has ever been further than 16 hours from UTC.
const MAX_OFFSET_MS = 57_600_000

const blocksByZone = new Map<string, Map<number, readonly ZoneSegment[]>>()
let cachedBlocks = 0

function blockSegments(zone: string, index: number): readonly ZoneSegment[] {
  if (index >= FIRST_RECURRING_BLOCK) {
    const cycles = Math.floor((index - FIRST_RECURRING_BLOCK) / BLOCKS_PER_CYCLE) + 1
    const shiftMs = cycles * BLOCKS_PER_CYCLE * BLOCK_MS
    return blockSegments(zone, index - cycles * BLOCKS_PER_CYCLE).map(({ startUtcMs, endUtcMs, offsetMs }) => ({
      startUtcMs: startUtcMs + shiftMs,
      endUtcMs: endUtcMs + shiftMs,
      offsetMs,
    }))
  }
  const cached = blocksByZone.get(zone)?.get(index)
  if (cached) return cached
  const segments = readSegments(zone, index * BLOCK_MS, (index + 1) * BLOCK_MS)
  if (cachedBlocks >= MAX_CACHED_BLOCKS) {
    blocksByZone.clear()
    cachedBlocks = 0
  }
  const blocks = blocksByZone.get(zone) ?? new Map<number, readonly ZoneSegment[]>()
  blocksByZone.set(zone, blocks.set(index, segments))
  cachedBlocks += 1
  return segments
}

function readSegments(zone: string, fromUtcMs: number, toUtcMs: number): readonly ZoneSegment[] {
  const segments: ZoneSegment[] = []
  let moment: Temporal.ZonedDateTime | null = Temporal.Instant.fromEpochMilliseconds(fromUtcMs).toZonedDateTimeISO(zone)
  let startUtcMs = fromUtcMs
  while (moment && startUtcMs < toUtcMs) {
    const offsetMs = moment.offsetNanoseconds / 1_000_000
    moment = toUtcMs <= FIRST_CHANGING_UTC_MS ? null : moment.getTimeZoneTransition('next')
    const endUtcMs = Math.min(moment?.epochMilliseconds ?? toUtcMs, toUtcMs)
    segments.push({ startUtcMs, endUtcMs, offsetMs })
    startUtcMs = endUtcMs
  }
  return segments
}

/**
 * The offsets that a zone keeps over `[fromUtcMs, toUtcMs)`: in order, without gaps, the first and last clipped to the range;
 * neighbours differ in offset. An empty range has none. Rules are read once a zone and four years (about 2 ms), then cached.
 */
export function zoneSegments(zone: string, fromUtcMs: number, toUtcMs: number): readonly ZoneSegment[] {
  const segments: ZoneSegment[] = []
  if (fromUtcMs >= toUtcMs) return segments
  for (let index = Math.floor(fromUtcMs / BLOCK_MS); index * BLOCK_MS < toUtcMs; index += 1) {
    for (const { startUtcMs, endUtcMs, offsetMs } of blockSegments(zone, index)) {
      if (endUtcMs <= fromUtcMs || startUtcMs >= toUtcMs) continue
      const before = segments.at(-1)
      const merges = before?.offsetMs === offsetMs
      if (merges) segments.pop()
      segments.push({
        startUtcMs: merges ? before.startUtcMs : Math.max(startUtcMs, fromUtcMs),
        endUtcMs: Math.min(endUtcMs, toUtcMs),
        offsetMs,
      })
    }
  }
  return segments
}

/** What the zone's wall clock shows at an instant, in milliseconds counted as if the clock were UTC. */
export function localMsAt(zone: string, utcMs: number): number {
  for (const segment of blockSegments(zone, Math.floor(utcMs / BLOCK_MS))) {
    if (utcMs < segment.endUtcMs) return utcMs + segment.offsetMs
  }
  throw new KpiqlError('INTERNAL', { message: `No offset of ${zone} at ${utcMs}.` })
}

/**
 * The instant at which the zone's wall clock shows `localMs`: of a time that clocks skip, the first instant after the gap; of a
 * time that comes twice, the earlier one. Never decreases as `localMs` grows.
 */
export function utcMsOf(zone: string, localMs: number): number {
  const last = Math.floor((localMs + MAX_OFFSET_MS) / BLOCK_MS)
  for (let index = Math.floor((localMs - MAX_OFFSET_MS) / BLOCK_MS); index <= last; index += 1) {
    for (const segment of blockSegments(zone, index)) {
      const utcMs = localMs - segment.offsetMs
      if (utcMs < segment.startUtcMs) return segment.startUtcMs
      if (utcMs < segment.endUtcMs) return utcMs
    }
  }
  throw new KpiqlError('INTERNAL', { message: `No instant of ${zone} shows ${localMs}.` })
}
