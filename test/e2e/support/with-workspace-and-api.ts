import { type Api, type Script, withApi } from './scripted-api.ts';
import { inWorkspace, type Workspace } from './workspace.ts';

/** Runs the test with a workspace and an API that serves the script. */
export async function withWorkspaceAndApi(
  script: Script,
  use: (workspace: Workspace, api: Api) => Promise<void>,
): Promise<void> {
  await withApi(script, (api) => inWorkspace((workspace) => use(workspace, api)));
}
