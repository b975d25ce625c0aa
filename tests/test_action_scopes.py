"""Who may do what: all of it, as it was decided."""

from companion import app
from companion.kernel.actions import Scope

SCOPES = {
    Scope.VIEW: """
        captions.show clip.list clip.show clip.subtitled clip.subtitles clip.tags clip.thumbnail clip.video deck.show
        lan.show macro.list microphone.list microphone.show models.list obs.status replay.status
        screenshot.picture session.list session.show speech.show studio.show studio.stats
        transcript.export transcript.hear transcript.search transcript.show voice.show voice.try
    """,
    Scope.CONTROL: """
        camera.start camera.stop captions.switch clip.burn clip.delete clip.edit clip.end clip.mark clip.play
        clip.play_last clip.quote clip.range clip.restore clip.retry clip.save clip.trim collection.switch
        deck.save filter.switch input.mute input.volume item.show macro.cancel macro.delete macro.run macro.save
        media.control profile.switch record.chapter record.pause record.resume record.start record.stop
        replay.enable replay.start replay.stop scene.preview scene.switch screenshot.delete screenshot.list
        screenshot.save screenshot.show session.rename session.start session.stop stream.start stream.stop
        studio.mode studio.quicklaunch studio.quickstop studio.transition transcript.mark
    """,
    Scope.ADMIN: """
        audit.list captions.address captions.renew device.edit device.list device.revoke device.revoke_all
        lan.renew lan.switch microphone.test microphone.use models.download models.remove models.use
        pairing.allow pairing.code pairing.deny pairing.show pairing.start pairing.stop secrets.rotate
        settings.get settings.set system.attention system.quit totp.confirm totp.remove totp.set_up
    """,
}
ASKING = {
    *("clip.delete", "collection.switch", "device.revoke", "device.revoke_all", "lan.renew", "macro.delete"),
    *("models.remove", "profile.switch", "replay.enable", "replay.stop", "screenshot.delete", "secrets.rotate"),
    *("stream.stop", "studio.quickstop", "system.quit", "totp.remove"),
}


def test_the_scopes_of_all_actions_are_as_decided() -> None:
    """A new action, or another scope of one, is a decision: it has to be written here."""
    decided = {name: scope for scope, names in SCOPES.items() for name in names.split()}
    assert {action.name: action.scope for action in app.actions()} == decided


def test_who_may_only_look_changes_nothing() -> None:
    assert {action.http_method for action in app.actions() if action.scope is Scope.VIEW} == {"GET"}


def test_the_actions_that_ask_first_are_as_decided() -> None:
    assert {action.name for action in app.actions() if action.confirm} == ASKING
