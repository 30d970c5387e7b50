"""Answers of a real WooCommerce 10.5.0 drive the connector."""

from datetime import UTC, datetime

import pytest

from connectors.base import Batch, Listing, OperatorStoreError, RetryableStoreError, Status, StockUpdate, Verdict
from connectors.testing.harness import batch, verdicts
from connectors.woocommerce import translate
from connectors.woocommerce.lines import Rules, needs_refunds, order_lines
from connectors.woocommerce.translate import Ref

from .scripted import Connect, Script, answer_of

APPLIED, REJECTED, MISSING = Verdict.APPLIED, Verdict.REJECTED, Verdict.MISSING
BATCH = "POST /wp-json/wc/v3/products/batch"


def rows(*pairs: tuple[str, int]) -> Batch:
    return batch(*(StockUpdate(ref, "", quantity) for ref, quantity in pairs))


def sent(number: str, parent: int | None = None) -> list[tuple[str, int]]:
    """The write of a recording, as the bridge would ask for it."""
    prefix = f"{parent}:" if parent else ""
    return [(f"{prefix}{row['id']}", row.get("stock_quantity")) for row in answer_of(number)["update"]]


# ---------------------------------------------------------------- reading


def test_listings(connect: Connect) -> None:
    whole = answer_of("05"), answer_of("11")  # without the headers, which count the rest of that shop
    store = Script({"id": "x", "value": "yes"}, whole[0], [{"id": 1}], whole[1], {"id": "x", "value": "yes"})
    found = {x.sku: (x.ref, x.status) for x in connect(store).listings()}
    assert found == {
        "MUG-8A94": ("4725", Status.LIVE),
        "CANDLE-8A94": ("4727", Status.LIVE),
        "POSTER-8A94": ("4726", Status.UNTRACKED),
        "TEE-8A94": ("4728", Status.UNTRACKED),
        "SOCK-8A94": ("4732", Status.LIVE),
        "TEE-8A94-S": ("4728:4729", Status.LIVE),
        "TEE-8A94-M": ("4728:4730", Status.LIVE),
        "TEE-8A94-L": ("4728:4731", Status.LIVE),
        "SOCK-8A94-red": ("4732:4733", Status.POOLED),
        "SOCK-8A94-blue": ("4732:4734", Status.POOLED),
    }
    assert "orderby=id&order=asc&per_page=100" in store.asked[1]


def test_listings_of_an_older_shop_parent_by_parent(connect: Connect) -> None:
    products = sorted(answer_of("05"), key=lambda row: row["id"])
    store = Script({}, products, "37", sorted(answer_of("09"), key=_id), sorted(answer_of("10"), key=_id), {})
    found = {x.ref: x for x in connect(store).listings()}
    assert found["4728:4731"] == Listing("4728:4731", "TEE-8A94-L", "L", Status.LIVE), (
        "the recording asked for no names of products"
    )
    assert found["4732:4733"].status == Status.POOLED
    assert [path.split("?")[0].rpartition("v3/")[2] for path in store.asked[3:]] == [
        "products/4728/variations",
        "products/4732/variations",
        "settings/products/woocommerce_manage_stock",
    ]


def _id(row: dict[str, int]) -> int:
    return row["id"]


def test_readings(connect: Connect) -> None:
    store = Script("05", [{"id": 1}], "11", {"id": "x", "value": "yes"})
    found = {
        row.ref: (row.available, row.stocked)
        for row in connect(store).read(["4725", "4726", "4727", "4728:4730", "4732:4733", "4732", "99"])
    }
    assert found == {
        "4725": (12, True),
        "4726": (0, False),
        "4727": (0, True),
        "4728:4730": (8, True),
        "4732:4733": (0, False),
        "4732": (30, True),
    }
    assert "include=4725%2C4726%2C4727%2C4732%2C99" in store.asked[0], "one comma string, never a list"


def test_a_page_past_the_end_is_empty(connect: Connect) -> None:
    assert list(connect(Script("04")).read(["1"])) == []


# ---------------------------------------------------------------- orders


def test_units_that_an_order_holds() -> None:
    rules = Rules(frozenset({"completed"}), datetime(2026, 8, 1, tzinfo=UTC))
    found = [
        (m.order, m.ref, m.committed, m.changed_at)
        for order in answer_of("31")
        for m in order_lines(order, rules, pooled=frozenset(), refunds=())
    ]
    moment = datetime(2026, 11, 20, 14, 7, 1, tzinfo=UTC)
    assert [(order, ref, units) for order, ref, units, _ in found] == [
        ("4736", "4725", 2),
        ("4735", "4725", 2),
        ("4735", "4728:4730", 1),
    ]
    assert {at for *_, at in found} <= {moment, moment.replace(second=0)}


def test_units_that_left_are_counted_with_the_real_refund() -> None:
    """3 ordered, 1 refunded and put back, the rest shipped: 2 left."""
    rules = Rules(frozenset({"completed"}), datetime(2026, 8, 1, tzinfo=UTC))
    order = {**answer_of("31")[0], "status": "completed", "date_completed_gmt": "2026-11-20T14:08:00"}
    assert needs_refunds(order, rules)
    (row,) = order_lines(order, rules, pooled=frozenset(), refunds=[answer_of("28")])
    assert (row.committed, [s.units for s in row.shipped]) == (0, [2])
    earlier = {**order, "date_completed_gmt": "2026-11-20T14:06:00"}
    (row,) = order_lines(earlier, rules, pooled=frozenset(), refunds=[answer_of("28")])
    assert [s.units for s in row.shipped] == [3], "a refund after the shipment takes nothing back"


def test_an_unknown_status_is_an_operators_business(connect: Connect) -> None:
    with pytest.raises(OperatorStoreError):
        list(connect(Script("32")).changes(datetime(2026, 11, 20, tzinfo=UTC)))


# ---------------------------------------------------------------- writing


def test_a_batch_that_went_well(connect: Connect) -> None:
    store = Script("16")
    pairs = sent("16")
    outcomes = connect(store).push(rows(*pairs))
    assert [(o.verdict, o.shown) for o in outcomes] == [(APPLIED, quantity) for _, quantity in pairs]
    assert store.asked == [BATCH]
    assert store.bodies == [{"update": [{"id": int(ref), "stock_quantity": n} for ref, n in pairs]}]


def test_a_batch_with_errors_of_its_items(connect: Connect) -> None:
    outcomes = connect(Script("17")).push(rows(("4725", 15), ("99999999", 5), ("4729", 55), ("4726", 3)))
    assert verdicts(outcomes) == [APPLIED, MISSING, MISSING, MISSING]


def test_an_unmanaged_product(connect: Connect) -> None:
    (outcome,) = connect(Script("18", {"value": "yes"})).push(rows(("4726", 40)))
    assert (outcome.verdict, "not managed" in outcome.reason) == (Verdict.DEFERRED, True)


def test_a_blank_answer_claims_nothing(connect: Connect) -> None:
    """What `_fields` on a batch, or an empty one, is answered with."""
    for number in ("21", "23"):
        (outcome,) = connect(Script(number)).push(rows(("4725", 12)))
        assert outcome.verdict is Verdict.DEFERRED


def test_variations(connect: Connect) -> None:
    pairs = sent("24", parent=4728)
    store = Script("24")
    assert set(verdicts(connect(store).push(rows(*pairs)))) == {APPLIED}
    assert store.asked == ["POST /wp-json/wc/v3/products/4728/variations/batch"]
    outcomes = connect(Script("25")).push(rows(("4728:4730", 9), ("4728:99999999", 1), ("4728:4733", 1)))
    assert verdicts(outcomes) == [APPLIED, MISSING, MISSING]
    (outcome,) = connect(Script("26")).push(rows(("4732:4733", 7)))
    assert (outcome.verdict, "pooled" in outcome.reason) == (REJECTED, True)


def test_too_many_at_once_are_halved(connect: Connect) -> None:
    done = [{"id": n, "manage_stock": True, "stock_quantity": 1} for n in range(1, 11)]
    store = Script("22", {"update": done[:5]}, {"update": done[5:]})
    outcomes = connect(store).push(rows(*((str(n), 1) for n in range(1, 11))))
    assert set(verdicts(outcomes)) == {APPLIED}
    assert [len(body["update"]) for body in store.bodies] == [10, 5, 5]


# ---------------------------------------------------------------- trouble


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("33", "does not know the consumer key"),
        ("34", "does not know the consumer key"),
        ("35", "secret is wrong"),
        ("36", "may only read"),
        ("37", "plugin is active"),
        ("39", "plugin is active"),
        ("40", "Permalinks"),
        ("41", "Permalinks"),
        ("46", "short addresses"),
    ],
)
def test_a_person_must_act(connect: Connect, number: str, words: str) -> None:
    writes = number != "40"  # a reading is redirected to itself with a slash, a write is not
    for call in (lambda c: list(c.read(["4725"])), lambda c: c.push(rows(("4725", 1))))[: 1 + writes]:
        with pytest.raises(OperatorStoreError, match=words) as caught:
            call(connect(Script(number)))
        assert not {"<", "{"} & set(str(caught.value)), "nothing of a body is shown"


@pytest.mark.parametrize(("number", "wait"), [("42", None), ("44", 600.0), ("45", None), ("47", None)])
def test_it_may_pass(connect: Connect, number: str, wait: float | None) -> None:
    with pytest.raises(RetryableStoreError) as caught:
        connect(Script(number)).push(rows(("4725", 1)))
    assert (caught.value.retry_after, caught.value.sent) == (wait, True)
    assert "/srv" not in str(caught.value)


def test_a_warning_before_the_json_is_read_back(connect: Connect) -> None:
    now = [{"id": 4725, "manage_stock": True, "stock_quantity": 8, "status": "publish"}]
    assert verdicts(connect(Script("43", now)).push(rows(("4725", 8)))) == [APPLIED]
    assert verdicts(connect(Script("43", now)).push(rows(("4725", 9)))) == [Verdict.DEFERRED]
    assert verdicts(connect(Script("43", [])).push(rows(("4725", 8)))) == [Verdict.DEFERRED]
    with pytest.raises(RetryableStoreError, match="WP_DEBUG_DISPLAY"):
        connect(Script("43", "43")).push(rows(("4725", 8)))


def test_an_id_that_does_not_exist(connect: Connect) -> None:
    """On a list of variations of a parent that is gone."""
    assert list(connect(Script("37", "12")).read(["12:34"])) == []


# ---------------------------------------------------------------- check


def test_check(connect: Connect) -> None:
    totals = [{"slug": slug} for slug in ("pending", "processing", "on-hold", "completed", "cancelled", "wc-odd")]
    old = [{"id": 1, "status": "processing"}]
    store = Script("23", {"value": "yes"}, [], [], "01", [{"id": 1}], totals, totals, old)
    info = connect(store, shipped_statuses=["completed", "sent"]).check()
    assert (info.name, info.locations[0].id) == ("shop.example", "")
    (odd, stale) = info.warnings
    assert odd.startswith("No order status is called sent; this store has: pending, ")
    assert stale.startswith("1 open orders are older than reserve_max_age (90 days)")
    assert store.bodies[0] == {"update": []}
    assert "status=processing%2Con-hold%2Cwc-odd" in store.asked[-1]


def test_check_of_an_older_shop_warns(connect: Connect) -> None:
    store = Script([], {}, [], [], {"environment": {"version": "9.9.5"}}, "37", [], [])
    (warning,) = connect(store).check().warnings
    assert "WooCommerce 9.9.5 lists variations only product by product" in warning


def test_check_of_a_key_that_may_only_read(connect: Connect) -> None:
    with pytest.raises(OperatorStoreError, match="read but not write"):
        connect(Script("36", [])).check()
    with pytest.raises(OperatorStoreError, match="secret is wrong"):
        connect(Script("35", "35")).check()


def test_the_recorded_rows_are_read_as_they_are() -> None:
    pooled = {row["id"]: translate.reading(row, Ref(row["id"], 4732)) for row in answer_of("10")}
    assert {row.stocked for row in pooled.values()} == {False}
