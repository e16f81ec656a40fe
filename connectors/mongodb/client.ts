/** What we take of the driver, loaded only when a connection is configured. */
export type Mongodb = typeof import('mongodb')
export type Bson = Mongodb['BSON']
export type BsonValue = unknown
export type BsonDocument = Record<string, BsonValue>
