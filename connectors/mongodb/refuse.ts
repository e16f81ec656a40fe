import { KpiqlError } from '../../src/base/errors.ts'

/** @returns An error that names what cannot be told in MongoDB's pipelines, and what to do instead. */
export function notInMongodb(what: string): KpiqlError {
  return new KpiqlError('NOT_SUPPORTED', {
    message: `MongoDB cannot be asked for ${what}.`,
    hint: 'Make a view in MongoDB that holds it as a field, and name the view as `table`; or keep the data in a source that speaks SQL.',
  })
}
