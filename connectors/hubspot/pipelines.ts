import type { HubspotClient } from './client.ts'
import type { Listed } from './find-archived.ts'
import type { Stage } from './object-reading.ts'

export interface Pipeline {
  readonly id: string
  readonly label: string
  readonly displayOrder: number
  readonly archived: boolean
  readonly stages: readonly { readonly id: string; readonly label: string; readonly displayOrder: number; readonly archived: boolean; readonly metadata?: Readonly<Record<string, string>> }[]
}

/** The pipelines of deals or tickets, all at once: HubSpot does not page them. */
export async function readPipelines(client: HubspotClient, object: string, signal: AbortSignal): Promise<readonly Pipeline[]> {
  return (await client.get<Listed<Pipeline>>(client.paths.pipelines(object), {}, signal)).results
}

export function stagesOfPipelines(pipelines: readonly Pipeline[]): readonly Stage[] {
  return pipelines.flatMap((pipeline) =>
    pipeline.stages.map(({ id, label, displayOrder, archived, metadata = {} }) => ({
      pipelineId: pipeline.id, stageId: id, label, displayOrder, archived,
      probability: metadata.probability ?? null,
      isClosed: metadata.isClosed === 'true' || metadata.ticketState === 'CLOSED',
    })),
  )
}
