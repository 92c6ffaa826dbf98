"""Words as they are spoken, in many scripts, and the groups that captions make of them."""

from pipeline.captions.layout.grouping import Group, group
from pipeline.captions.styles.style import load_style, style_names
from pipeline.core.data import Word

SCRIPTS = {
    "english": "So, what we are really talking about is freedom, and why it matters today.",
    "german": "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen sagte er: „Na und?“",
    "arabic": "مرحبا بكم في هذا البرنامج الجديد، اليوم نتحدث عن iPhone Pro الجديد!",
    "hebrew": "שלום לכולם, היום נדבר על הדבר החשוב ביותר.",
    "hindi": "नमस्ते दोस्तों, आज हम बात करेंगे नई तकनीक के बारे में।",
    "thai": "สวัสดี ทุกคน วันนี้ เรา จะ คุย กัน เรื่อง ใหม่",
    "japanese": "今日 は とても 良い 天気 です ね、 散歩 に 行き ましょう 。",
    "korean": "안녕하세요 여러분, 오늘은 새로운 기술에 대해 이야기하겠습니다.",
    "russian": "Здравствуйте, сегодня мы поговорим о самом важном вопросе.",
    "emoji": "That is 🔥 amazing 👍🏽 folks! 😂 👨‍👩‍👧",
}


DRAWN = [name for name in style_names() if load_style(name).draw]


def said(text: str, *, start_s: float = 0.0, word_s: float = 0.3) -> list[Word]:
    """The words of a text, one after another without pauses."""
    return [
        Word(text=t, start_s=start_s + n * word_s, end_s=start_s + (n + 1) * word_s, probability=1)
        for n, t in enumerate(text.split())
    ]


def grouped(words: list[Word], style: str = "boxed", width: float = 840.0) -> tuple[Group, ...]:
    """With 30 pixels a letter."""
    return group(words, load_style(style), width=width, measure=lambda text: 30.0 * len(text))
