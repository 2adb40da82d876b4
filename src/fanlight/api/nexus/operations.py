"""Every operation of the Nexus wire, those that are not there yet too: tag, methods and paths.

Facts of the public interface; `docs/reference/operations.md` is made of this and the routes.
"""

from typing import NamedTuple


class Operation(NamedTuple):
    """One operation; `path_is` says how its path is known."""

    tag: str
    method: str
    path: str
    path_is: str


# How a path is known, by the mark behind it.
_SURE = {
    "": "documented",
    "~": "inferred",
    "?": "ours",
    "+": "of the sister API",
}


_TABLE = """
# sessions
POST /sessions
# user
GET /user
# institutions
POST /institutions/search
GET /institutions/{institution_guid}
GET /institutions/{institution_guid}/credentials
GET /institutions
# members
GET /members
POST /members
GET /members/{member_guid}
PUT /members/{member_guid}
DELETE /members/{member_guid}
GET /members/{member_guid}/aggregate ~
GET /members/aggregate
GET /members/{member_guid}/refresh
GET /members/refresh ~
POST /members/{member_guid}/check_balance ~
PUT /members/{member_guid}/resume
GET /members/{member_guid}/challenges
GET /members/{member_guid}/credentials
GET /members/{member_guid}/oauth_window_uri
GET /members/{member_guid}/accounts ~
GET /members/{member_guid}/transactions ~
# member credentials
POST /members/{member_guid}/credentials
# jobs
GET /jobs/{job_guid}
GET /jobs/{job_guid}/mfa_credentials
GET /jobs/{job_guid}/resume
# verification
POST /members/{member_guid}/verify
GET /members/{member_guid}/account_numbers
GET /accounts/{account_guid}/account_number
# identity
POST /members/{member_guid}/identify
GET /members/{member_guid}/account_owners
# extended transaction history
POST /members/{member_guid}/extend_history
# microdeposits
POST /micro_deposits
GET /micro_deposits
GET /micro_deposits/{micro_deposit_guid}
DELETE /micro_deposits/{micro_deposit_guid} ~
PUT /micro_deposits/{micro_deposit_guid}
# accounts
GET /accounts
GET /accounts/{account_guid}
POST /accounts
PUT /accounts/{account_guid}
DELETE /accounts/{account_guid}
PUT /accounts/merge
PUT /accounts/{account_guid}/block
GET /accounts/{account_guid}/monthly_account_balance
GET /accounts/partner_created ?
GET /accounts/user_created ?
GET /accounts/{account_guid}/transactions
GET /accounts/{account_guid}/transactions/created_between/{start_date}/{end_date}
GET /accounts/{account_guid}/transactions/updated_between/{start_date}/{end_date}
# transactions
GET /transactions
GET /transactions/created_between/{start_date}/{end_date}
GET /transactions/updated_between/{start_date}/{end_date} ~
GET /transactions/by_category_guid/{category_guid}/by_date/{start_date}/{end_date}
GET /transactions/by_top_level_category_guid/{category_guid}/by_date/{start_date}/{end_date} ~
GET /transactions/{transaction_guid} ~
PUT /transactions/{transaction_guid}
DELETE /transactions/{transaction_guid} ~
POST /accounts/{account_guid}/transactions
POST /transactions/{transaction_guid}/split
DELETE /transactions/{transaction_guid}/unsplit
POST /transactions ~
POST /transactions/categorize_and_describe
# transaction rules
GET /transaction_rules ~
GET /transaction_rules/{transaction_rule_guid}
POST /transaction_rules
PUT /transaction_rules/{transaction_rule_guid}
DELETE /transaction_rules/{transaction_rule_guid} ~
# categories
GET /categories
GET /categories/default ~
GET /categories/{category_guid}
POST /categories
PUT /categories/{category_guid}
DELETE /categories/{category_guid} ~
GET /date_range_category_totals/from/{start_date}/to/{end_date}
# tags
GET /tags
# taggings
GET /taggings
# merchants
GET /merchants
GET /merchants/{merchant_guid}
GET /merchant_locations/{merchant_location_guid}
# holdings
GET /holdings ~
GET /holdings/{holding_guid}
PUT /holdings/{holding_guid}
# budgets
GET /budgets
POST /budgets ~
GET /budgets/{budget_guid} ~
PUT /budgets/{budget_guid}
DELETE /budgets/{budget_guid}
POST /budgets/generate
# goals
GET /goals
POST /goals ~
GET /goals/{goal_guid}
PUT /goals/{goal_guid}
DELETE /goals/{goal_guid} ~
PUT /goals/reposition
# monthly cash flow profile
GET /monthly_cash_flow_profile
PUT /monthly_cash_flow_profile
# scheduled payments
GET /scheduled_payments ~
POST /scheduled_payments
GET /scheduled_payments/{guid} ~
PUT /scheduled_payments/{guid}
DELETE /scheduled_payments/{guid} ~
# spending plan
GET /spending_plans
POST /spending_plans ~
GET /spending_plans/{spending_plan_guid} ~
DELETE /spending_plans/{spending_plan_guid} ~
GET /spending_plans/{spending_plan_guid}/spending_plan_accounts ~
GET /spending_plans/{spending_plan_guid}/spending_plan_account/{spending_plan_account_guid}
DELETE /spending_plans/{spending_plan_guid}/spending_plan_account/{spending_plan_account_guid}
GET /spending_plans/{spending_plan_guid}/iterations
GET /spending_plans/{spending_plan_guid}/iterations/current
GET /spending_plans/{spending_plan_guid}/iterations/{iteration_number} ~
GET /spending_plans/{spending_plan_guid}/iterations/current/iteration_items ~
POST /spending_plans/{spending_plan_guid}/iterations/current/iteration_items ~
GET /spending_plans/{spending_plan_guid}/iterations/current/iteration_items/{iteration_item_guid} ~
PUT /spending_plans/{spending_plan_guid}/iterations/current/iteration_items/{iteration_item_guid}
DELETE /spending_plans/{spending_plan_guid}/iterations/current/iteration_items/{iteration_item_guid} ~
# notifications
GET /notifications
POST /notifications ~
GET /notifications/{notification_guid}
DELETE /notifications/{notification_guid}
GET /notifications/{notification_guid}/deliverables
POST /notifications/{notification_guid}/deliverables
GET /notifications/{notification_guid}/deliverables/{deliverable_guid}
DELETE /notifications/{notification_guid}/deliverables/{deliverable_guid} ~
# beats
GET /beats
GET /beats/{beat_guid}
PUT /beats/{beat_guid} ~
# insights
GET /insights +
GET /insights/{insight_guid} +
PUT /insights/{insight_guid} +
GET /insights/{insight_guid}/accounts +
GET /insights/{insight_guid}/categories +
GET /insights/{insight_guid}/merchants +
GET /insights/{insight_guid}/scheduled_payments +
GET /insights/{insight_guid}/transactions +
GET /accounts/{account_guid}/insights +
GET /transactions/{transaction_guid}/insights +
"""


def _read() -> tuple[Operation, ...]:
    found: list[Operation] = []
    tag = ""
    for line in _TABLE.strip().splitlines():
        if line.startswith("# "):
            tag = line[2:]
        else:
            method, path, *mark = line.split()
            found.append(Operation(tag, method, path, _SURE["".join(mark)]))
    return tuple(found)


OPERATIONS = _read()
