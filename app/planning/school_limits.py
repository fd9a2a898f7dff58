"""What stands against opening a program at a school: duplication, the school's size and number of programs, the year."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from app.planning.balance import ProgramKey
from app.planning.evidence import Evidence, threshold
from app.planning.limits import crowded_line
from app.planning.proposals import Proposal
from app.planning.seats import students_per_seat
from app.planning.situation import Region
from app.planning.standing import Standing

ENDED = ("suspend", "close")
_SchoolLevel = tuple[str, str]


class SchoolLimits:
    """The schools of a region with what they teach once this year's proposals are carried out."""

    def __init__(
        self, proposals: Sequence[Proposal], region: Region, standing: Standing | None = None
    ) -> None:
        self.region = region
        self._standing = standing or Standing()
        self.taught: dict[str, set[ProgramKey]] = defaultdict(set)
        """Programs of each school, those that are ended this year included: none is opened where it was ended."""
        self.siblings: dict[_SchoolLevel, Counter[str]] = defaultdict(Counter)
        """Offerings of each class at a school and level that go on."""
        self.going_on: dict[_SchoolLevel, set[str]] = defaultdict(set)
        self.district: dict[str, str | None] = {}
        self.district_simulated: dict[str, bool] = {}
        self.opened: Counter[str] = Counter()
        """Openings of this year by school."""
        self._students: dict[_SchoolLevel, float] = defaultdict(float)
        for proposal in proposals:
            offering = proposal.situation.offering
            key, place = proposal.situation.program, (offering.school_code, offering.level)
            self.taught[offering.school_code].add(key)
            self.district.setdefault(offering.school_code, offering.district_code)
            self.district_simulated.setdefault(offering.school_code, offering.district_simulated)
            if proposal.decision.action in ENDED:
                continue
            self.going_on[place].add(offering.program_code)
            if key in region.facts:
                self.siblings[place][region.facts[key].class_code] += 1
            self._students[place] += proposal.seats * students_per_seat(offering, region.profile)

    def barriers(self, school: str, program: ProgramKey) -> list[Evidence]:
        """Each limit that an opening would break, with its number and source; empty where none."""
        found = [*self._duplication(school, program), *self._size(school, program), *self._year(school)]
        if (line := crowded_line(self.region, program)) is not None:
            found.append(line)
        held = self._standing.withheld((school, *program), "open", self.region.balances.get(program))
        return [*found, held.evidence()] if held is not None else found

    def note_opening(self, school: str, program: ProgramKey) -> None:
        """Count an opening against the limits of its school."""
        self.opened[school] += 1
        self.taught[school].add(program)
        self.going_on[school, program[0]].add(program[1])
        if program in self.region.facts:
            self.siblings[school, program[0]][self.region.facts[program].class_code] += 1

    def year_limit(self, school: str) -> tuple[float, Evidence]:
        """Openings a school may have in a year, with the line that says so."""
        rules, limits = self.region.profile.actions, self.region.profile.limits
        number = rules.open_per_school
        if limits.open_per_new_school and limits.new_schools and school in limits.new_schools.value:
            number = limits.open_per_new_school
        text = f"每校每年新增不超过 {number.value:.0f} 个，该校本年已拟增设 {self.opened[school]} 个"
        return number.value, threshold("openings.per_school", number, text)

    def _year(self, school: str) -> list[Evidence]:
        most, line = self.year_limit(school)
        return [line] if self.opened[school] >= most else []

    def _duplication(self, school: str, program: ProgramKey) -> list[Evidence]:
        limits, level = self.region.profile.limits, program[0]
        if level not in limits.open_max_schools and level not in limits.open_max_district_share:
            return []
        found = []
        having = [s for (s, at), codes in self.going_on.items() if at == level and program[1] in codes]
        most = limits.open_max_schools.get(level)
        if most is not None and len(having) > most.value:
            text = f"已有 {len(having)} 所院校开设，多于 {most.value:.0f} 所"
            found.append(threshold("openings.max_schools", most, text))
        share = limits.open_max_district_share.get(level)
        district = self.district.get(school)
        if share is not None and district is not None:
            here = [s for (s, at) in self.going_on if at == level and self.district.get(s) == district]
            with_it = [s for s in having if self.district.get(s) == district]
            if here and len(with_it) / len(here) > share.value:
                text = f"本区 {len(here)} 所同层次学校中 {len(with_it)} 所已开设，超过 {share.value:.0%}"
                found.append(threshold("openings.district_share", share, text))
        return found

    def _size(self, school: str, program: ProgramKey) -> list[Evidence]:
        limits, place = self.region.profile.limits, (school, program[0])
        found, count, students = [], len(self.going_on[place]), self._students[place]
        mean = limits.mean_enrolment.get(program[0])  # type: ignore[call-overload]
        if mean is not None and students < mean.value * (count + 1):
            text = (
                f"在校生约 {students:.0f} 人、专业 {count} 个，增设后平均每个专业 {students / (count + 1):.0f} 人，"
                f"少于 {mean.value:.0f} 人"
            )
            found.append(threshold("openings.mean_enrolment", mean, text))
        most = limits.max_programs.get(program[0])  # type: ignore[call-overload]
        if most is not None and count + 1 > most.value:
            text = f"已有专业 {count} 个，至多 {most.value:.0f} 个"
            found.append(threshold("openings.max_programs", most, text))
        classes = {c for c, offerings in self.siblings[place].items() if offerings}
        facts = self.region.facts.get(program)
        most = limits.max_classes.get(program[0])  # type: ignore[call-overload]
        if most is not None and facts and len(classes | {facts.class_code}) > most.value:
            text = f"已有专业类 {len(classes)} 个，至多 {most.value:.0f} 个"
            found.append(threshold("openings.max_classes", most, text))
        return found
