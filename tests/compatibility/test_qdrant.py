"""The unmodified qdrant-client against a running server."""

import uuid

import pytest
from conftest import MODEL
from qdrant_client import models
from qdrant_client.http.exceptions import UnexpectedResponse


def make(client, name, distance=models.Distance.COSINE, size=4):
    parameters = models.VectorParams(size=size, distance=distance)
    assert client.create_collection(name, vectors_config=parameters)


def fill(client, name):
    points = [
        models.PointStruct(id=1, vector=[1, 0, 0, 0], payload={"city": "Berlin", "n": 1}),
        models.PointStruct(id=2, vector=[0.8, 0.6, 0, 0], payload={"city": "London", "n": 2}),
        models.PointStruct(id=3, vector=[0, 1, 0, 0], payload={"city": "Berlin", "n": 3}),
        models.PointStruct(id=4, vector=[0, 0, 1, 0], payload={"tags": ["a", "b"]}),
    ]
    result = client.upsert(name, points, wait=True)
    assert result.status == models.UpdateStatus.COMPLETED


def ids(points):
    return [point.id for point in points]


def equals(key, value):
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def test_collections(client, name):
    assert not client.collection_exists(name)
    make(client, name, models.Distance.DOT)
    assert client.collection_exists(name)
    assert name in [found.name for found in client.get_collections().collections]
    info = client.get_collection(name)
    assert info.status == models.CollectionStatus.GREEN
    assert info.points_count == 0
    assert info.config.params.vectors.size == 4
    assert info.config.params.vectors.distance == models.Distance.DOT
    with pytest.raises(UnexpectedResponse) as error:
        make(client, name)
    assert error.value.status_code == 409
    assert client.delete_collection(name)
    assert not client.collection_exists(name)
    with pytest.raises(UnexpectedResponse) as error:
        client.get_collection(name)
    assert error.value.status_code == 404


def test_points_are_found_read_and_deleted(client, name):
    make(client, name)
    fill(client, name)
    found = client.query_points(name, query=[1, 0.1, 0, 0], limit=2).points
    assert ids(found) == [1, 2]
    assert found[0].score == pytest.approx(0.995, abs=1e-3)
    assert found[0].payload == {"city": "Berlin", "n": 1}
    found = client.query_points(
        name, query=[1, 0.1, 0, 0], limit=1, offset=1, with_payload=["n"], with_vectors=True
    ).points
    assert (ids(found), found[0].payload) == ([2], {"n": 2})
    assert found[0].vector == pytest.approx([0.8, 0.6, 0, 0])
    found = client.query_points(name, query=[1, 0, 0, 0], score_threshold=0.5).points
    assert ids(found) == [1, 2]
    found = client.query_points(name, query=2, limit=2).points
    assert ids(found) == [1, 3], "the point itself is left out"
    records = client.retrieve(name, [3, 9, 1], with_vectors=True)
    assert sorted(ids(records)) == [1, 3]
    assert client.count(name).count == 4
    client.delete(name, points_selector=[1])
    assert client.count(name).count == 3
    client.delete(name, points_selector=models.Filter(must=[equals("city", "London")]))
    assert sorted(ids(client.scroll(name)[0])) == [3, 4]


def test_distances(client, name):
    make(client, name, models.Distance.EUCLID)
    fill(client, name)
    found = client.query_points(name, query=[1, 0, 0, 0], limit=3).points
    assert [point.score for point in found] == pytest.approx([0, 0.4**0.5, 2**0.5], abs=1e-3)
    found = client.query_points(name, query=[1, 0, 0, 0], score_threshold=1).points
    assert ids(found) == [1, 2], "with Euclid closer is lower"


def test_filters(client, name):
    make(client, name)
    fill(client, name)
    assert client.create_payload_index(name, "city", models.PayloadSchemaType.KEYWORD)
    range_ = models.FieldCondition(key="n", range=models.Range(gte=2, lt=4))
    any_ = models.FieldCondition(key="tags", match=models.MatchAny(any=["b", "c"]))
    for condition, expected in [
        (models.Filter(must=[equals("city", "Berlin")]), [1, 3]),
        (models.Filter(must=[range_]), [2, 3]),
        (models.Filter(must=[any_]), [4]),
        (models.Filter(must_not=[equals("city", "Berlin")]), [2, 4]),
        (models.Filter(should=[equals("n", 1), any_]), [1, 4]),
        (models.Filter(must=[models.Filter(should=[equals("n", 1)]), range_]), []),
    ]:
        found = client.query_points(name, query=[1, 1, 1, 0], query_filter=condition).points
        assert sorted(ids(found)) == expected
        assert client.count(name, count_filter=condition).count == len(expected)
    text = models.FieldCondition(key="city", match=models.MatchText(text="Berlin"))
    with pytest.raises(UnexpectedResponse) as error:
        client.count(name, count_filter=models.Filter(must=[text]))
    assert error.value.status_code == 400
    assert b"not_supported" in error.value.content


def test_ids_nulls_other_values_and_single_objects(client, name):
    make(client, name)
    key = str(uuid.UUID(int=9))
    payloads = {
        1: {"a": None, "parts": [{"color": "red", "size": 1}, {"color": "blue", "size": 9}]},
        2: {"a": [], "parts": [{"color": "red", "size": 9}]},
        3: {"a": "x"},
        key: {"a": ["x", "y"]},
    }
    points = [
        models.PointStruct(id=point, vector=[1, 0, 0, 0], payload=payload)
        for point, payload in payloads.items()
    ]
    client.upsert(name, points, wait=True)
    field = models.PayloadField(key="a")
    both = models.Filter(must=[equals("color", "red"), equals("size", 9)])
    nested = models.NestedCondition(nested=models.Nested(key="parts", filter=both))
    except_x = models.FieldCondition(key="a", match=models.MatchExcept(**{"except": ["x"]}))
    for condition, expected in [
        (models.HasIdCondition(has_id=[1, key, 8]), [1, key]),
        (models.IsNullCondition(is_null=field), [1]),
        (models.IsEmptyCondition(is_empty=field), [1, 2]),
        (except_x, [key]),
        (nested, [2]),
    ]:
        found = client.scroll(name, scroll_filter=models.Filter(must=[condition]))[0]
        assert ids(found) == expected
        others = client.count(name, count_filter=models.Filter(must_not=[condition]))
        assert others.count == len(payloads) - len(expected)


def test_pages(client, name):
    make(client, name)
    points = [models.PointStruct(id=n, vector=[1, n, 0, 0], payload={"n": n}) for n in range(25)]
    client.upload_points(name, points, batch_size=7, wait=True)
    seen, offset = [], None
    while True:
        page, offset = client.scroll(name, limit=10, offset=offset, with_payload=True)
        seen += [record.payload["n"] for record in page]
        if offset is None:
            break
    assert sorted(seen) == list(range(25))


def test_pages_by_a_payload_value(client, name):
    make(client, name)
    points = [
        models.PointStruct(id=n, vector=[1, n, 0, 0], payload={"n": n * 7 % 25}) for n in range(25)
    ]
    points.append(models.PointStruct(id=99, vector=[1, 0, 0, 0], payload={"other": 1}))
    client.upsert(name, points, wait=True)

    def pages(order, **more):
        seen, offset = [], None
        while True:
            page, offset = client.scroll(name, limit=10, order_by=order, offset=offset, **more)
            seen += [record.payload["n"] for record in page]
            if offset is None:
                return seen

    assert pages("n") == list(range(25)), "points without the value are left out"
    down = models.OrderBy(key="n", direction=models.Direction.DESC, start_from=20)
    assert pages(down) == list(range(20, -1, -1))
    few = models.Filter(must_not=[models.HasIdCondition(has_id=[0])])
    up = models.OrderBy(key="n", start_from=3)
    assert pages(up, scroll_filter=few) == list(range(3, 25))


def test_facets(client, name):
    make(client, name)
    fill(client, name)
    hits = client.facet(name, key="city").hits
    assert [(hit.value, hit.count) for hit in hits] == [("Berlin", 2), ("London", 1)]
    hits = client.facet(name, key="n", facet_filter=models.Filter(must=[equals("city", "Berlin")]))
    assert [(hit.value, hit.count) for hit in hits.hits] == [(1, 1), (3, 1)]
    assert [hit.value for hit in client.facet(name, key="tags", limit=1, exact=True).hits] == ["a"]


def test_aliases(client, name):
    make(client, name)
    make(client, f"{name}-2")
    fill(client, name)

    def change(*operations):
        assert client.update_collection_aliases(change_aliases_operations=list(operations))

    def aliases(of):
        return sorted(found.alias_name for found in client.get_collection_aliases(of).aliases)

    def create(alias, collection):
        named = models.CreateAlias(alias_name=alias, collection_name=collection)
        return models.CreateAliasOperation(create_alias=named)

    change(create(f"{name}-a", name), create(f"{name}-b", name))
    assert aliases(name) == [f"{name}-a", f"{name}-b"]
    assert client.count(f"{name}-a").count == 4
    delete = models.DeleteAlias(alias_name=f"{name}-b")
    rename = models.RenameAlias(old_alias_name=f"{name}-a", new_alias_name=f"{name}-c")
    change(
        models.DeleteAliasOperation(delete_alias=delete),
        models.RenameAliasOperation(rename_alias=rename),
    )
    assert aliases(name) == [f"{name}-c"]
    change(create(f"{name}-c", f"{name}-2"))
    assert (aliases(name), aliases(f"{name}-2")) == ([], [f"{name}-c"])
    assert client.count(f"{name}-c").count == 0
    everywhere = {found.alias_name: found.collection_name for found in client.get_aliases().aliases}
    assert everywhere[f"{name}-c"] == f"{name}-2"


def test_batches_and_columns(client, name):
    make(client, name)
    batch = models.Batch(
        ids=[1, str(uuid.UUID(int=7))],
        vectors=[[1, 0, 0, 0], [0, 1, 0, 0]],
        payloads=[{"a": 1}, {}],
    )
    client.upsert(name, batch)
    answers = client.query_batch_points(
        name,
        requests=[
            models.QueryRequest(query=[1, 0, 0, 0], limit=1),
            models.QueryRequest(query=[0, 1, 0, 0], limit=1, with_payload=True),
        ],
    )
    assert [ids(answer.points) for answer in answers] == [[1], [str(uuid.UUID(int=7))]]


def test_payloads(client, name):
    make(client, name)
    fill(client, name)

    def payload(point):
        return client.retrieve(name, [point])[0].payload

    client.set_payload(name, {"n": 9, "new": {"x": 1}}, points=[1, 2])
    assert payload(1) == {"city": "Berlin", "n": 9, "new": {"x": 1}}
    assert payload(2)["n"] == 9
    by_city = models.Filter(must=[equals("city", "Berlin")])
    client.set_payload(name, {"seen": True}, points=by_city)
    assert payload(3)["seen"] and payload(1)["seen"] and "seen" not in payload(2)
    client.overwrite_payload(name, {"only": 1}, points=[2])
    assert payload(2) == {"only": 1}
    client.delete_payload(name, ["seen", "absent"], points=[1])
    assert "seen" not in payload(1)
    client.clear_payload(name, points_selector=[1])
    assert not payload(1)
    assert sorted(ids(client.query_points(name, query=[1, 0, 0, 0]).points)) == [1, 2, 3, 4]
    with pytest.raises(UnexpectedResponse) as error:
        client.set_payload(name, {"a": 1}, points=[99])
    assert error.value.status_code == 404


def test_documents_are_embedded_by_the_server(client, name):
    client.create_collection(name, vectors_config={})
    texts = {
        1: "The cat sat on the mat.",
        2: "Volcanoes erupt when magma rises through the crust.",
        3: "Reset your password on the account page.",
    }
    points = [
        models.PointStruct(
            id=key, vector=models.Document(text=text, model=MODEL), payload={"text": text}
        )
        for key, text in texts.items()
    ]
    client.upsert(name, points, wait=True)
    question = models.Document(text="How do I change my password?", model=MODEL)
    assert client.query_points(name, query=question, limit=1).points[0].id == 3
    words = models.Document(text="magma", model="Qdrant/bm25")
    assert ids(client.query_points(name, query=words, using="words").points) == [2]
    fused = client.query_points(
        name,
        prefetch=[
            models.Prefetch(query=question, limit=3),
            models.Prefetch(query=words, using="words", limit=3),
        ],
        query=models.FusionQuery(fusion=models.Fusion.RRF),
        limit=2,
        with_payload=True,
    ).points
    assert set(ids(fused)) == {2, 3}
    assert fused[0].payload["text"] in texts.values()
    with pytest.raises(UnexpectedResponse) as error:
        client.query_points(name, query=models.Document(text="a", model="another/model"))
    assert (error.value.status_code, b"model_not_loaded" in error.value.content) == (400, True)


def test_documents_in_a_collection_of_vectors(client, name):
    size = client.get_collection(of_model(client, f"{name}-m")).config.params.vectors.size
    make(client, name, size=size)
    point = models.PointStruct(id=1, vector=models.Document(text="a cat", model=MODEL))
    client.upsert(name, [point])
    found = client.query_points(name, query=models.Document(text="a cat", model=MODEL)).points
    assert ids(found) == [1] and found[0].score > 0.5


def of_model(client, name):
    client.create_collection(name, vectors_config={})
    return name


def test_what_is_not_here_says_so(client, name):
    make(client, name)
    fill(client, name)
    for ask in [
        lambda: client.query_points(name, query=[1, 0, 0, 0], using="dense"),
        lambda: client.upsert(name, [models.PointStruct(id=1, vector={"dense": [1, 0, 0, 0]})]),
        lambda: client.create_collection(
            f"{name}-x",
            vectors_config={"a": models.VectorParams(size=2, distance=models.Distance.DOT)},
        ),
    ]:
        with pytest.raises(UnexpectedResponse) as error:
            ask()
        assert error.value.status_code == 400
        assert b"not_supported" in error.value.content
    with pytest.raises(UnexpectedResponse) as error:
        client.upsert(name, [models.PointStruct(id=1, vector=[1, 0])])
    assert b"dimension_mismatch" in error.value.content
    with pytest.raises(UnexpectedResponse) as error:
        client.list_snapshots(name)
    assert error.value.status_code == 404
