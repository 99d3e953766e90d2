"""What a single cell cannot show: faults and warnings across rows and sheets.

Each rule is a generator named as the sentence that holds for a good book. Those that settle
spellings come first, because the others, and every room, compare names exactly. A fault is what
the contract forbids or what no plan could keep; what is legal but odd is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...contract.problems import Problem
from ...tables import Tables
from ..raw import RawBook
from .control import (
    counts_can_be_reached,
    least_shares_fit_into_the_whole,
    rows_of_a_custom_rule_agree,
    rules_rest_on_what_can_be_signed,
    todays_fleet_keeps_the_shares,
)
from .futures import (
    changed_values_stay_within_limits,
    changes_act_after_the_branch,
    previous_orders_can_be_repeated,
    probabilities_add_up,
    ranges_name_what_may_change,
    ranges_run_from_low_to_high,
    scenarios_grow_from_one_trunk,
)
from .gates import gates_measure_what_there_is
from .holdings import committed_orders_keep_within_limits, fleet_serves_in_the_plan
from .never import (
    chips_find_software,
    counts_leave_room_for_each_other,
    custom_rules_leave_room_for_each_other,
    offers_leave_room_for_an_order,
    shares_leave_room_for_each_other,
)
from .places import (
    chips_are_in_kilowatts,
    committed_orders_stand_where_they_can,
    fleet_stands_where_it_can,
    site_projects_end_within_the_plan,
    sites_can_power_what_stands_there,
    things_that_need_a_place_have_sites,
)
from .projects import (
    programmes_that_must_run_can,
    projects_can_end_within_the_plan,
    projects_finished_in_order,
    requirements_make_no_loop,
    stages_are_numbered_in_order,
    stages_started_in_order,
)
from .questions import questions_can_be_asked
from .sizes import (
    prices_are_in_one_unit,
    rates_are_shares,
    sites_are_in_megawatts,
)
from .spelling import (
    budget_lines_are_cash_lines,
    custom_rules_count_what_can_be_counted,
    one_name_has_one_spelling,
    scenario_changes_name_what_may_change,
    share_rules_split_what_can_be_split,
    timeline_names_values_that_vary,
)
from .state import (
    actuals_are_of_what_they_name,
    committed_orders_arrive_after_they_are_placed,
    committed_steps_keep_within_their_project,
    parts_are_not_above_their_whole,
    so_far_speaks_of_what_it_knows,
    waiting_work_can_still_be_served,
    what_was_done_was_done_before_the_plan,
)
from .supply import (
    bought_chips_state_their_loss_of_value,
    chips_that_stand_with_us_draw_power,
    limits_are_whole_lots,
    offers_find_a_site,
    only_purchases_are_paid_on_order,
    orders_arrive_within_the_plan,
    orders_can_reach_their_minimum,
    prices_stay_finite,
    rentals_have_a_term,
    resale_rests_on_a_loss_of_value,
)
from .terms import (
    contracts_bind_something,
    contracts_can_be_kept,
    contracts_on_units_name_an_offer,
    contracts_require_what_can_be_had,
    deals_and_contracts_have_names_of_their_own,
    deals_bind_something,
    discounts_rise_with_their_thresholds,
    milestones_can_be_met,
    more_is_not_cheaper_than_less,
    prices_stay_above_nothing,
    schemes_are_of_a_known_form,
    terms_cover_offers_of_their_seller,
    tiers_agree_on_their_scheme,
)
from .view import View
from .windows import (
    choices_open_within_the_plan,
    first_is_not_after_last,
    least_is_not_above_most,
    rules_hold_within_the_plan,
    settings_that_need_a_sheet_have_it,
    the_template_is_known,
    windows_are_whole,
)
from .work import (
    blocks_fit_demand,
    unmet_work_has_its_price,
    work_can_be_run,
    workloads_have_demand,
)


def across_rows(tables: Tables, book: RawBook) -> Iterator[Problem]:
    """Every fault and warning that needs more than one cell to be seen."""
    view = View(tables, book)
    for rule in RULES:
        yield from rule(view)


RULES: tuple[Callable[[View], Iterator[Problem]], ...] = (
    the_template_is_known,
    one_name_has_one_spelling,
    timeline_names_values_that_vary,
    scenario_changes_name_what_may_change,
    budget_lines_are_cash_lines,
    share_rules_split_what_can_be_split,
    custom_rules_count_what_can_be_counted,
    so_far_speaks_of_what_it_knows,
    parts_are_not_above_their_whole,
    first_is_not_after_last,
    least_is_not_above_most,
    rules_hold_within_the_plan,
    choices_open_within_the_plan,
    windows_are_whole,
    settings_that_need_a_sheet_have_it,
    bought_chips_state_their_loss_of_value,
    chips_that_stand_with_us_draw_power,
    resale_rests_on_a_loss_of_value,
    rentals_have_a_term,
    only_purchases_are_paid_on_order,
    orders_can_reach_their_minimum,
    limits_are_whole_lots,
    offers_leave_room_for_an_order,
    orders_arrive_within_the_plan,
    offers_find_a_site,
    prices_stay_finite,
    workloads_have_demand,
    unmet_work_has_its_price,
    work_can_be_run,
    chips_find_software,
    blocks_fit_demand,
    rates_are_shares,
    sites_are_in_megawatts,
    chips_are_in_kilowatts,
    prices_are_in_one_unit,
    things_that_need_a_place_have_sites,
    fleet_stands_where_it_can,
    committed_orders_stand_where_they_can,
    sites_can_power_what_stands_there,
    site_projects_end_within_the_plan,
    fleet_serves_in_the_plan,
    committed_orders_keep_within_limits,
    committed_orders_arrive_after_they_are_placed,
    committed_steps_keep_within_their_project,
    waiting_work_can_still_be_served,
    what_was_done_was_done_before_the_plan,
    actuals_are_of_what_they_name,
    requirements_make_no_loop,
    stages_are_numbered_in_order,
    stages_started_in_order,
    programmes_that_must_run_can,
    projects_finished_in_order,
    projects_can_end_within_the_plan,
    tiers_agree_on_their_scheme,
    discounts_rise_with_their_thresholds,
    schemes_are_of_a_known_form,
    terms_cover_offers_of_their_seller,
    contracts_on_units_name_an_offer,
    contracts_bind_something,
    contracts_can_be_kept,
    contracts_require_what_can_be_had,
    prices_stay_above_nothing,
    more_is_not_cheaper_than_less,
    deals_and_contracts_have_names_of_their_own,
    deals_bind_something,
    milestones_can_be_met,
    least_shares_fit_into_the_whole,
    todays_fleet_keeps_the_shares,
    rules_rest_on_what_can_be_signed,
    counts_can_be_reached,
    shares_leave_room_for_each_other,
    counts_leave_room_for_each_other,
    rows_of_a_custom_rule_agree,
    custom_rules_leave_room_for_each_other,
    probabilities_add_up,
    scenarios_grow_from_one_trunk,
    changes_act_after_the_branch,
    changed_values_stay_within_limits,
    previous_orders_can_be_repeated,
    ranges_name_what_may_change,
    ranges_run_from_low_to_high,
    questions_can_be_asked,
    gates_measure_what_there_is,
)
"""Every rule, in the order in which they are asked; those that settle spellings come first."""
