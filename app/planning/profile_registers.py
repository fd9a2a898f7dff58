"""What a profile says of the registers: how strongly their signs tie an enterprise to a school, and what bulletins are about."""

from app.planning.profile_values import Part, Share


class Partnerships(Part):
    """How strong each sign of a partnership 校企合作 is; several add up as 1 − Π(1 − strength)."""

    alliance: Share
    """Members of one alliance."""
    lead: Share
    """Members of an alliance that one of the two leads."""
    joint_work: Share
    """Partners of an innovation platform or a joint project."""
    base: Share
    """Builders of one training base."""


class BulletinTags(Part):
    """Least score of a tag of a bulletin 行业动态: below it, the bulletin is about nothing in particular."""

    industry_floor: Share
    program_floor: Share
    industry_of_best: Share
    """Least score as a share of the best one's …"""
    program_of_best: Share
    """… of industries and of programs."""
