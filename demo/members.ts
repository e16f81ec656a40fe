import type { Day } from './calendar.ts'
import type { CustomerHistory } from './customers.ts'
import { RandomStream } from './random.ts'
import { CHANNELS, COUNTRIES, DEVICE_SHARES } from './vocabulary.ts'

/** A user's habits; they shape the events and are not written out. */
export interface Member {
  id: number
  customer: number
  created: Day
  /** Seconds since midnight before which the user is not there on the first day. */
  createdSecond: number
  isOwner: boolean
  channel: number
  /** -1: unknown */
  country: number
  device: number
  usage: number
  /** From this day on the user hardly comes any more. */
  quietFrom: Day
  /** Around 0; what surveys ask for. */
  satisfaction: number
}

/** @returns members in order of creation, which is that of their ids */
export function knowMembers({ customers, members, trials }: CustomerHistory, seed: number): Member[] {
  const trialSeconds = new Map<number, number>()
  for (let row = 0; row < trials.length; row++) trialSeconds.set(trials.at(row, 1), trials.at(row, 3) % 86_400)
  return Array.from({ length: members.length }, (_, row) => {
    const [id, customer, created] = [members.at(row, 0), members.at(row, 1), members.at(row, 2)]
    const random = new RandomStream(seed, 'member', id)
    const signup = customers.at(customer - 1, 1)
    const country = customers.at(customer - 1, 3)
    const channel = customers.at(customer - 1, 4)
    const { stays, quietAfterDays } = CHANNELS[channel] ?? { stays: 1, quietAfterDays: 0 }
    const isTravelling = random.chance(0.03)
    const elsewhere = random.pick(COUNTRIES.map(({ share }) => share))
    return {
      id, customer, created,
      createdSecond: created === signup ? trialSeconds.get(customer) ?? 0 : 0,
      isOwner: members.at(row, 3) === 0,
      channel,
      country: Number.isNaN(country) ? -1 : isTravelling ? elsewhere : country,
      device: random.pick(DEVICE_SHARES),
      usage: Math.exp(0.9 * random.normal()),
      quietFrom: random.chance(stays) ? Infinity : created + 1 + Math.floor(random.exponential(quietAfterDays)),
      satisfaction: 0.8 * random.normal(),
    }
  })
}
