import { queryOptions } from '@tanstack/react-query';
import { fetchServedModels } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

/** Names of the models that answer right now, as the gateway tells them. */
export const servedModelsQuery = queryOptions({
  queryKey: ['served-models'],
  queryFn: ({ signal }) => fetchServedModels(signal),
  select: (list) => list.data.map((model) => model.id),
  refetchInterval: pollInterval,
});
