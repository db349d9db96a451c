import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

interface ModelList {
  data: { id: string }[];
}

/** Names of the models that answer right now, as the gateway tells them. */
export const servedModelsQuery = queryOptions({
  queryKey: ['served-models'],
  queryFn: ({ signal }) => call<ModelList>('/v1/models', { signal }),
  select: (list) => list.data.map((model) => model.id),
  refetchInterval: pollInterval,
});
