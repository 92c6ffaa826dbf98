"""The script of the sample talk, written for this project, as turns of sentences.

`kind` marks the turns that are worth a clip; the rest is small talk, an advert, a goodbye.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Consecutive sentences of one person."""

    speaker: str  # "host" or "guest"
    text: str
    kind: str | None = None  # "story", "howto", "confession": worth a clip


TURNS = (
    Turn(
        speaker="host",
        text="Welcome back to Second Life, the show about people who mend things. I'm Daniel, "
        "and with me is Clara Bennett, who runs the repair table at the public library.",
    ),
    Turn(speaker="host", text="Good morning, Clara. How was the drive?"),
    Turn(speaker="guest", text="Good morning, Daniel. It was wet, but the coffee was good."),
    Turn(
        speaker="host",
        text="Before we begin, a word from our sponsor. This episode is supported by Maple "
        "Notebooks, paper that lies flat. Use the code flat at the checkout.",
    ),
    Turn(speaker="host", text="So, Clara, how did the repair table begin?"),
    Turn(
        speaker="guest",
        kind="story",
        text="It began with a radio that I could not fix. An old man put it in front of me and "
        "said that it had been silent since the day his wife died. I changed every part that I "
        "could reach, and after three weeks it still would not play. So I called him to say that "
        "I was sorry, and he laughed. He told me that nothing was broken. He had pulled the plug "
        "himself eleven years ago, because he could not bear to hear their station alone. He "
        "only wanted somebody to sit beside him when he turned it on again.",
    ),
    Turn(speaker="host", text="Wow. And did you sit with him?"),
    Turn(
        speaker="guest",
        text="Of course I did. We listened to the weather report, and both of us cried.",
    ),
    Turn(
        speaker="host",
        text="Let me look at my notes for a moment. Yes, here it is, a listener asks about "
        "kitchens. Suppose my toaster dies tonight. What should I do first?",
    ),
    Turn(
        speaker="guest",
        kind="howto",
        text="Do three things before you buy a new one, and they take ten minutes together. "
        "First, try another socket, because four out of ten dead machines that reach my table "
        "work perfectly. Second, turn it upside down and shake it, because crumbs stop more "
        "toasters than age ever will. Third, look at the last two inches of the cable, right "
        "beside the plug, because that is where the wire breaks. This list alone saves the "
        "average family two hundred dollars a year.",
    ),
    Turn(speaker="host", text="I will shake everything in my kitchen tonight."),
    Turn(speaker="guest", text="Please take the bread out first."),
    Turn(
        speaker="host",
        text="Fair enough. Now be honest with me. What do you never tell your visitors?",
    ),
    Turn(
        speaker="guest",
        kind="confession",
        text="I have never repaired anything in my own house. My washing machine has been held "
        "shut with a belt since Christmas, and my doorbell plays one note, and it is the wrong "
        "one. Last month my daughter carried her broken lamp to the library, took a number, and "
        "stood in line for an hour like everybody else. I asked her why she had not just asked me "
        "at home. She said, Mom, I would like it back before summer.",
    ),
    Turn(speaker="host", text="That is the best review you will ever get."),
    Turn(speaker="host", text="Clara Bennett, thank you so much for coming."),
    Turn(speaker="guest", text="Thank you for having me."),
    Turn(speaker="host", text="We are back next Thursday. Goodbye, and be kind to your toaster."),
)
