"""Personal data goes, figures stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.personal import mask_personal


@pytest.mark.parametrize(
    ("text", "masked", "count"),
    [
        ("电话13812345678", "电话[手机号]", 1),
        ("电话 +86 138-1234-5678 王", "电话 [手机号] 王", 1),
        ("0086 13812345678", "[手机号]", 1),
        ("138 1234 5678、1381-234-5678", "[手机号]、[手机号]", 2),
        ("1 3 8 1 2 3 4 5 6 7 8", "[手机号]", 1),
        ("１３８１２３４５６７８", "[手机号]", 1),
        ("138\u200b1234\u200d5678", "[手机号]", 1),
        ("一三八一二三四五六七八", "[手机号]", 1),
        ("tel13812345678", "tel[手机号]", 1),
        ("电话：021-62345678转801", "电话：[座机号]", 1),
        ("(021)62345678", "[座机号]", 1),
        ("联系电话 6234 5678", "联系电话 [座机号]", 1),
        ("身份证310101199001011234。", "身份证[身份证号]。", 1),
        ("310101199003074514", "[身份证号]", 1),
        ("13812345678.0", "[手机号].0", 1),
        ("31010119900101123x", "[身份证号]", 1),
        ("310101 19900101 1234", "[身份证号]", 1),
        ("310101900101123", "[身份证号]", 1),
        ("投递hr.job@example.com.cn或a@b.cn", "投递[邮箱]或[邮箱]", 2),
        ("hr＠example．com", "[邮箱]", 1),
        ("hr#163.com", "[邮箱]", 1),
        ("zhang(at)qq(dot)com", "[邮箱]", 1),
        ("QQ：123456789", "QQ：[QQ号]", 1),
        ("微信号 abc_12345", "微信号 [微信号]", 1),
        ("加微信zhangsan88", "加微信[微信号]", 1),
        ("微信：13812345678", "微信：[手机号]", 1),
        ("", "", 0),
    ],
)
def test_personal_data_is_masked_and_counted(text: str, masked: str, count: int) -> None:
    assert mask_personal(text) == (masked, count)


@pytest.mark.parametrize(
    "text",
    [
        "订单2023138123456789",
        "薪资12000-15000，年薪150000-200000元",
        "15000-20000元/月，13薪",
        "预算13000000000元，销售额20000000元",
        "2023年12月-2024年10月，20241009",
        "统一社会信用代码91310000MA1FL5E65X",
        "信用代码913100001322003850",
        "型号SN13912345678、S7-1200、HK-15000-2000",
        "IMEI 351234120112345",
        "1.3.8.1234.5678",
        "π=3.13812345678",
        "服务热线400-820-8820",
        "C#/.NET、F#、C++ vxWorks与wxWidgets",
        "vue@2.6.1，@Component，@RestController",
        "微信小程序、微信公众号，QQ用户10000000人",
        "微信：wechat小程序开发",
        "邮编200030，学历编号不限",
        "GB/T 4754-2017，ISO9001",
        "电话销售，月薪20000元",
    ],
)
def test_figures_are_not_mistaken_for_personal_data(text: str) -> None:
    assert mask_personal(text) == (text, 0)


@given(st.text(st.characters(exclude_categories=[]), max_size=60))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    masked, _ = mask_personal(f"{text} 13812345678 {text}")
    assert "13812345678" not in masked
    assert mask_personal(masked) == (masked, 0)


@given(
    st.lists(
        st.sampled_from([*"1380@#.-+ ()信微号电话qa九一x\u200b", "138", "at", "qq", ".com"]),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=12, deadline=None)
def test_long_texts_are_masked_as_well(piece: list[str]) -> None:
    """100,000 characters of anything: what takes the square of the length would not come back from here."""
    text = ("".join(piece) * 100_000)[:100_000]
    masked, _ = mask_personal(text)
    assert mask_personal(masked)[0] == masked
