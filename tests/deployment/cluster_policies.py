"""Which policies hold for which set of objects."""

from __future__ import annotations

from tests.deployment import cluster_flows as flows
from tests.deployment import cluster_pods as pods
from tests.deployment import cluster_settings as told
from tests.deployment import cluster_wiring as wiring
from tests.deployment.breach import Breach, Policy
from tests.deployment.breaches_of_pods import BREACHES_OF_PODS
from tests.deployment.breaches_of_settings import BREACHES_OF_SETTINGS
from tests.deployment.breaches_of_wiring import BREACHES_OF_WIRING

ALWAYS: tuple[Policy, ...] = (
    pods.pods_are_restricted,
    pods.scratch_is_bounded,
    pods.tokens_stay_away,
    pods.services_stay_out_of_the_environment,
    pods.probes_differ,
    pods.resources_are_bounded,
    pods.images_are_pinned,
    wiring.labels_are_complete,
    wiring.selectors_match,
    wiring.ports_exist,
    wiring.volumes_can_be_shared,
    wiring.budgets_guard_replicas,
    told.names_are_settings,
    told.settings_are_understood,
    told.secrets_come_from_files,
    told.secret_files_are_mounted,
    told.nothing_secret_is_applied,
    told.graces_are_long_enough,
    flows.flows_are_those_needed,
    flows.redis_is_let_out,
)
"""For whatever somebody may apply, the plain files among it."""
HARDENED: tuple[Policy, ...] = (pods.roots_are_read_only, pods.replicas_are_spread)
"""For all but the plain worker."""
BUILT: tuple[Policy, ...] = (
    wiring.monitors_find_services,
    wiring.queries_name_real_metrics,
    wiring.scalers_are_alone,
    wiring.work_counts_where_it_scales,
    wiring.namespaces_enforce,
)
"""For what kustomize builds."""
PRODUCTION: tuple[Policy, ...] = (pods.images_are_pinned_by_digest,)
"""For production besides."""
POLICIES = (*ALWAYS, *HARDENED, *BUILT, *PRODUCTION)
BREACHES: list[Breach] = [*BREACHES_OF_PODS, *BREACHES_OF_SETTINGS, *BREACHES_OF_WIRING]
