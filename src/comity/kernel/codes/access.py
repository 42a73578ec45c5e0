"""Who acts and what is done."""

from enum import StrEnum


class NodeRole(StrEnum):
    """The three kinds of node (docs/architecture.md)."""

    SECRETARIAT = "secretariat"
    BUREAU = "bureau"
    POST = "post"


class Role(StrEnum):
    """What a person at a bureau is there to do. One account may hold several."""

    OFFICER = "officer"
    OPERATOR = "operator"
    APPROVER = "approver"
    DATA_OWNER = "data_owner"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """Everything that `rules.decide` is asked about; `subject:action`."""

    SEARCH_RUN = "search:run"
    GRANT_ISSUE = "grant:issue"
    RECORD_LIST = "record:list"
    RECORD_VIEW = "record:view"
    RECORD_SUBMIT = "record:submit"
    RECORD_CHANGE = "record:change"
    RECORD_WITHDRAW = "record:withdraw"
    MESSAGE_LIST = "message:list"
    MESSAGE_VIEW = "message:view"
    MESSAGE_SEND = "message:send"
    MESSAGE_PASS_ON = "message:pass_on"
    ALARM_SET_ASIDE = "alarm:set_aside"
    FORM_LIST = "form:list"
    FORM_MANAGE = "form:manage"
    UNIT_LIST = "unit:list"
    UNIT_MANAGE = "unit:manage"
    MESSAGE_RECALL = "message:recall"
    MESSAGE_CORRECT = "message:correct"
    MESSAGE_DISCLOSE = "message:disclose"
    THREAD_EXPORT = "thread:export"
    APPROVAL_LIST = "approval:list"
    APPROVAL_DECIDE = "approval:decide"
    ATTACHMENT_ADD = "attachment:add"
    ATTACHMENT_VIEW = "attachment:view"
    ATTACHMENT_OPEN = "attachment:open"
    HIT_LIST = "hit:list"
    HIT_VIEW = "hit:view"
    HIT_DECIDE = "hit:decide"
    HIT_OUTCOME = "hit:outcome"
    CASE_LIST = "case:list"
    CASE_VIEW = "case:view"
    CASE_OPEN = "case:open"
    CASE_CHANGE = "case:change"
    CASE_MERGE = "case:merge"
    DIRECTORY_VIEW = "directory:view"
    MEMBER_INVITE = "member:invite"
    MEMBER_REMOVE = "member:remove"
    KEY_CHANGE = "key:change"
    JOURNAL_VIEW = "journal:view"
    ACCOUNT_MANAGE = "account:manage"
    FEED_READ = "feed:read"
    ENVELOPE_RELAY = "envelope:relay"
    ENVELOPE_FETCH = "envelope:fetch"
    RECEIPT_FILE = "receipt:file"
    SPOOL_FORWARD = "spool:forward"
