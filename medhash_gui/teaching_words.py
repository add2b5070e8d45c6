"""The words of a teaching file, in the languages of the window."""

from __future__ import annotations

from medhash_gui.errors import ExportError

ENGLISH = {
    "title": "Similar cases: a teaching file",
    "research": "For research and education only. Not a medical device; not for "
    "diagnosis or treatment.",
    "how": "Look first, then ask: labels and maps are hidden until you want them. "
    "Tab goes on, Space shows and hides.",
    "all_labels": "Show all labels",
    "all_maps": "Show all maps",
    "query": "The case",
    "question": "What is it?",
    "diagnosis": "Diagnosis",
    "notes": "Notes",
    "hits": "The most similar cases of the library",
    "hit": "Hit {rank}",
    "bits": "{distance} of {bits} bits differ",
    "ties": "{count} pictures at this distance",
    "case": "Case {case}",
    "case_unknown": "Case not known",
    "show_label": "Show the label",
    "show_map": "Show the map",
    "no_label": "No label in the library",
    "confirmed": "confirmed by {source}",
    "map_is": "Colours: where the network looked. Not where a disease is.",
    "no_map": "There is no map of this picture.",
    "masked": "Black boxes cover letters.",
    "made_with": "What this was made with",
    "model": "Model",
    "fingerprint": "Fingerprint",
    "library": "Library",
    "pictures": "{searched} of {images} pictures compared",
    "date": "Date",
    "program": "Program",
    "intended": "The model's intended use",
    "limits": "The model's limits",
    "repeat": "The search, to be repeated",
    "moved": "The hits were looked for with a code that was moved away from the case, "
    "towards more of one finding: they are not the pictures most like it.",
    "moved_bits": "{distance} of {bits} bits from the moved code",
    "few": "There are not enough similar cases in this library.",
    "unlike": "The case is unlike anything this model was trained on.",
    "picture_of_query": "Picture of the case",
    "picture_of_hit": "Picture of hit {rank}",
    "with_map": "{picture}, with its map",
}

CHINESE = {
    "title": "相似病例：教学文件",
    "research": "仅供研究和教学使用。不是医疗器械，不得用于诊断或治疗。",
    "how": "先看图，再提问：标签和显著图默认隐藏，需要时再显示。"
    "按 Tab 键前进，按空格键显示或隐藏。",
    "all_labels": "显示所有标签",
    "all_maps": "显示所有显著图",
    "query": "病例",
    "question": "这是什么？",
    "diagnosis": "诊断",
    "notes": "备注",
    "hits": "库中最相似的病例",
    "hit": "结果 {rank}",
    "bits": "{bits} 位中相差 {distance} 位",
    "ties": "此距离共有 {count} 幅图像",
    "case": "病例 {case}",
    "case_unknown": "病例未知",
    "show_label": "显示标签",
    "show_map": "显示显著图",
    "no_label": "库中没有标签",
    "confirmed": "确认方式：{source}",
    "map_is": "颜色表示网络关注的位置，并非病变所在的位置。",
    "no_map": "此图像没有显著图。",
    "masked": "黑框遮盖了文字。",
    "made_with": "制作信息",
    "model": "模型",
    "fingerprint": "指纹",
    "library": "图像库",
    "pictures": "比较了 {images} 幅图像中的 {searched} 幅",
    "date": "日期",
    "program": "程序",
    "intended": "模型的预期用途",
    "limits": "模型的局限",
    "repeat": "可重复的检索",
    "moved": "检索时，病例的编码已朝某一所见移动：这些结果不是与该病例最相似的图像。",
    "moved_bits": "与移动后的编码相差 {distance} 位（共 {bits} 位）",
    "few": "此库中没有足够的相似病例。",
    "unlike": "此病例与该模型的训练图像都不相像。",
    "picture_of_query": "病例图像",
    "picture_of_hit": "结果 {rank} 的图像",
    "with_map": "{picture}，带显著图",
}

WORDS = {"en": ENGLISH, "zh_CN": CHINESE}
LANGUAGES = tuple(WORDS)


def words(language: str) -> dict[str, str]:
    """Return the words of a language.

    Raises:
        ExportError: there are none.
    """
    if language not in WORDS:
        msg = f"There is no teaching file in {language!r}."
        raise ExportError(msg, hint=f"Languages: {', '.join(LANGUAGES)}.")
    return WORDS[language]
