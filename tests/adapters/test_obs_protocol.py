"""The obs-websocket protocol against a server that lies, delays and breaks off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from companion.adapters.obs.config import ObsCredentials
from companion.adapters.obs.protocol import ObsRequestFailed
from companion.domain.events import ObsState, SceneChanged
from companion.kernel.errors import Failed, Unavailable
from companion.kernel.logs import TRACE
from tests.fakes.obs_server import ObsServer
from tests.obs_link import linked, until

pytestmark = pytest.mark.slow

PASSWORD = "correct horse \\ battery ü"


@pytest.fixture
async def server() -> AsyncIterator[ObsServer]:
    async with ObsServer(password=PASSWORD) as running:
        yield running


async def test_every_reply_reaches_its_own_request_when_they_come_in_any_order(server: ObsServer) -> None:
    for number in range(300):
        server.model.profiles["Untitled"]["Test", f"n{number}"] = f"value {number}"
    server.manners.shuffle_seconds = 0.05

    async def ask(first: int) -> None:
        for number in range(first, first + 100):
            answer = await rig.link.request(
                "GetProfileParameter", {"parameterCategory": "Test", "parameterName": f"n{number}"}
            )
            assert answer["parameterValue"] == f"value {number}"

    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        await asyncio.gather(ask(0), ask(100), ask(200))

        async def one(number: int) -> str:
            data = {"parameterCategory": "Test", "parameterName": f"n{number}"}
            return str((await rig.link.request("GetProfileParameter", data))["parameterValue"])

        assert await asyncio.gather(*map(one, range(300))) == [f"value {number}" for number in range(300)]


async def test_a_late_reply_is_not_given_to_the_next_request(server: ObsServer) -> None:
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        server.manners.delays["GetVideoSettings"] = 0.2
        with pytest.raises(Failed) as caught:
            await rig.link.request("GetVideoSettings", timeout_seconds=0.05)
        assert caught.value.code == "obs_timeout"
        assert "GetVideoSettings" in caught.value.message
        answers = [await rig.link.request("GetRecordDirectory") for _ in range(30)]
        await asyncio.sleep(0.3)
        answers.append(await rig.link.request("GetRecordDirectory"))
        assert all(answer == {"recordDirectory": "/nowhere"} for answer in answers)
        assert rig.link.state is ObsState.CONNECTED


async def test_a_cancelled_request_is_forgotten(server: ObsServer) -> None:
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        server.manners.delays["GetVideoSettings"] = 0.2
        asking = asyncio.ensure_future(rig.link.request("GetVideoSettings"))
        await until(lambda: ("GetVideoSettings", {}) in server.requests, 20, lambda: "the request")
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        connection = rig.link._connection
        assert connection is not None
        assert len(connection._pending) <= 1  # none but the link's own GetStats, perhaps
        await asyncio.sleep(0.3)
        assert (await rig.link.request("GetVersion"))["rpcVersion"] == 1


async def test_obs_refusals_carry_their_code_and_comment(server: ObsServer) -> None:
    server.model.enable_replay(enabled=False)
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        with pytest.raises(ObsRequestFailed) as unknown:
            await rig.link.request("MakeCoffee")
        assert (unknown.value.obs_code, unknown.value.code) == (204, "obs_request_failed")
        with pytest.raises(ObsRequestFailed) as disabled:
            await rig.link.request("StartReplayBuffer")
        assert disabled.value.obs_code == 604
        assert disabled.value.comment == "Replay buffer is not available."


async def test_a_batch_is_answered_in_its_order_with_each_refusal_in_its_place(server: ObsServer) -> None:
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        first, second, third = await rig.link.batch(
            [
                ("GetProfileParameter", {"parameterCategory": "Output", "parameterName": "Mode"}),
                ("SaveReplayBuffer", None),
                ("GetRecordDirectory", None),
            ]
        )
        assert first == {"parameterValue": "Simple", "defaultParameterValue": None}
        assert isinstance(second, ObsRequestFailed)
        assert second.obs_code == 501
        assert third == {"recordDirectory": "/nowhere"}
        server.manners.silent.add("GetVideoSettings")
        with pytest.raises(Failed) as caught:
            await rig.link.batch([("GetVideoSettings", None)], timeout_seconds=0.05)
        assert caught.value.code == "obs_timeout"


async def test_requests_under_way_fail_at_once_when_the_connection_drops(server: ObsServer) -> None:
    server.manners.silent.add("GetVideoSettings")
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        asking = [
            asyncio.ensure_future(rig.link.request("GetVideoSettings", timeout_seconds=60)),
            asyncio.ensure_future(rig.link.batch([("GetVideoSettings", None)], timeout_seconds=60)),
        ]
        await until(lambda: server.requests.count(("GetVideoSettings", {})) == 2, 20, lambda: "the requests")
        server.drop_connections()
        async with asyncio.timeout(20):
            outcomes = await asyncio.gather(*asking, return_exceptions=True)
        for outcome in outcomes:
            assert isinstance(outcome, Unavailable)
            assert outcome.code == "obs_not_connected"
            assert outcome.remedy
        await rig.until_state(ObsState.CONNECTED)


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "not json",
        b"\x00\x01binary",
        "[1, 2]",
        "null",
        '{"op": 99, "d": {}}',
        '{"op": 5}',
        '{"op": 5, "d": {"eventType": null, "eventData": 7}}',
        '{"op": 7, "d": {"requestId": "4711", "requestStatus": {"result": true, "code": 100}}}',
        '{"op": 7, "d": {}}',
        '{"op": 9, "d": {"requestId": [], "results": 3}}',
        '{"op": 5, "d": {"eventType": "CurrentProgramSceneChanged"}}',
    ],
)
async def test_junk_from_the_server_harms_nothing(server: ObsServer, junk: str | bytes) -> None:
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        await server.send_raw(junk)
        server.model.switch_scene("Pause")
        await rig.until_event(SceneChanged("Pause"))
        assert (await rig.link.request("GetVersion"))["rpcVersion"] == 1
        assert rig.states() == [ObsState.CONNECTING, ObsState.CONNECTED]
        assert rig.events(SceneChanged) == [SceneChanged("Game"), SceneChanged("Pause")]


async def test_a_reply_without_a_status_is_an_error_not_an_answer(server: ObsServer) -> None:
    server.manners.silent.add("GetVideoSettings")
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        asking = asyncio.ensure_future(rig.link.request("GetVideoSettings"))
        await until(lambda: ("GetVideoSettings", {}) in server.requests, 20, lambda: "the request")
        for request_id in range(1, 50):
            await server.send_raw(f'{{"op": 7, "d": {{"requestId": "{request_id}", "requestStatus": "fine"}}}}')
        with pytest.raises(ObsRequestFailed):
            await asking


async def test_no_secret_is_in_any_log_or_text(server: ObsServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(TRACE)
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.CONNECTED)
        await rig.link.request("GetVersion")
        rig.credentials = ObsCredentials(f"ws://somebody:hidden@127.0.0.1:{server.port}", "wrong pass", "the settings")
        rig.link.retry()
        await rig.until_state(ObsState.WRONG_PASSWORD)
        everything = caplog.text + repr(rig.seen()) + repr(rig.credentials) + repr(rig.component())
    assert "GetVersion" in caplog.text
    assert '"authentication": "***"' in caplog.text
    for secret in (PASSWORD, "wrong pass", "hidden", "battery"):
        assert secret not in everything
    levels = {record.levelno for record in caplog.records if "GetVersion" in record.getMessage()}
    assert levels == {TRACE}


async def test_without_a_password_in_obs_none_is_needed() -> None:
    async with ObsServer() as server, linked(server.url, "not needed") as rig:
        await rig.until_state(ObsState.CONNECTED)


@pytest.mark.parametrize(
    "hello",
    [
        {"op": 0, "d": {"obsWebSocketVersion": "6.0.0", "rpcVersion": 0}},
        {"op": 0, "d": {"obsWebSocketVersion": "6.0.0"}},
        {"op": 0, "d": {"rpcVersion": 1, "authentication": "in a new way"}},
        {"update-type": "Heartbeat", "status": "ok"},
        {},
    ],
    ids=["rpc 0", "no rpc", "unknown authentication", "version 4", "silence"],
)
async def test_what_is_not_version_5_is_called_incompatible(server: ObsServer, hello: dict[str, object]) -> None:
    server.manners.hello = hello
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.INCOMPATIBLE)
        assert rig.component().remedy.startswith("Use OBS 28 or newer")
        server.manners.hello = None
        await rig.until_state(ObsState.CONNECTED)


async def test_an_unsupported_rpc_version_is_incompatible(server: ObsServer) -> None:
    server.manners.close_on_identify = 4010
    async with linked(server.url, PASSWORD) as rig:
        await rig.until_state(ObsState.INCOMPATIBLE)


async def test_a_web_server_at_the_port_is_incompatible() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with linked(f"ws://127.0.0.1:{runner.addresses[0][1]}") as rig:
            await rig.until_state(ObsState.INCOMPATIBLE)
            assert "is not OBS's WebSocket" in rig.component().detail
    finally:
        await runner.cleanup()


def _says(greeting: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if greeting:
            writer.write(greeting)
            await writer.drain()
        await reader.read(10_000)
        writer.close()

    return serve


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", bytes(range(256)), b""], ids=["ssh", "bytes", "mute"])
async def test_any_other_server_at_the_port_is_incompatible(greeting: bytes) -> None:
    other = await asyncio.start_server(_says(greeting), "127.0.0.1", 0)
    async with other, linked(f"ws://127.0.0.1:{other.sockets[0].getsockname()[1]}") as rig:
        await rig.until_state(ObsState.INCOMPATIBLE)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:99999", "ws://", "wss://127.0.0.1:1x"])
async def test_an_impossible_address_is_a_state_not_a_crash(url: str) -> None:
    async with linked(url) as rig:
        await rig.until_state(ObsState.INCOMPATIBLE)


async def test_an_unknown_computer_is_a_state() -> None:
    async with linked("ws://no-such-computer.invalid:4455") as rig:
        await rig.until_state(ObsState.NOT_RUNNING)
        assert "no-such-computer.invalid" in rig.component().detail


async def test_tls_where_there_is_none_is_incompatible_or_absent(server: ObsServer) -> None:
    async with linked(server.url.replace("ws:", "wss:"), PASSWORD) as rig:
        await rig.until_state(ObsState.INCOMPATIBLE)
